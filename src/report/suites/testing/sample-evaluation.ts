/** A small evaluation for the report's tests: every class of error once, hostile texts, two levels. */
import type { AttemptRecord, QuestionRecord } from "../../../eval/attempt-record.ts";
import { evaluationResult, type EvaluationResult, type EvaluationSettings } from "../../../eval/result.ts";

const call = (failed: string | null) => ({
  text: '<tool_call>\n{"name": "search", "arguments": {"query": "x"}}\n</tool_call>',
  result: { tool: "search", input: "x <b>", text: "</div><script>alert(1)</script>\u001b[31m\u202e", failed },
});

export function attempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    turns: [call(null), { text: "So it is \\boxed{Paris}", result: null }],
    answer: "Paris",
    end: "answer",
    reward: { total: 1, formatOk: true, correct: true, parts: { format: 0, exact: 1 } },
    tokens: { written: 20, path: 120, billed: { input: 200, output: 20 } },
    error: null,
    score: 1,
    correct: true,
    vote: "paris",
    ...changes,
  };
}

const bad = { score: 0, correct: false, vote: null } as const;
const wrongReward = { total: 0, formatOk: true, correct: false, parts: { format: 0, exact: 0 } };

const attempts: readonly AttemptRecord[] = [
  attempt(),
  attempt({ ...bad, error: "wrong answer", answer: "Rome", vote: "rome", reward: wrongReward }),
  attempt({ ...bad, error: "tool failure", answer: "Rome", turns: [call("timed out")], reward: wrongReward }),
  attempt({ ...bad, error: "limit reached", end: "token-limit", answer: null, reward: wrongReward }),
  attempt({ ...bad, error: "wrong format", end: "invalid", why: "</x> closes nothing", answer: null }),
  attempt({ ...bad, error: "no answer", answer: null, reward: wrongReward }),
  attempt({ ...bad, score: null, error: "unjudged", reward: { ...wrongReward, failed: "judge: 503 <i>" } }),
  attempt({
    ...bad,
    score: null,
    error: "failed",
    end: "failed",
    why: "HTTP 500",
    reward: null,
    answer: null,
    turns: [],
  }),
];

export const records: readonly QuestionRecord[] = [
  {
    suite: "gaia",
    id: "q1",
    level: "1",
    prompt: 'Capital of <img src=x onerror="alert(1)">?\nOne word.',
    answers: ["Paris", "the <i>city</i>"],
    attempts,
  },
  {
    suite: "gaia",
    id: "q2",
    level: "2",
    prompt: "Second | *question*",
    answers: ["Paris"],
    attempts: attempts.map(() => attempt()),
  },
];

export const settings: EvaluationSettings = {
  version: 1,
  model: "models/small|model",
  policy: "small transformer",
  seed: 1,
  samples: 8,
  temperature: 0.6,
  shaping: "top-p 0.95",
  limits: { turns: 9, calls: 8, tokens: 2048 },
  tools: ["search"],
  dialect: "hermes",
  system: null,
  together: 8,
  asking: "a",
  suites: [
    {
      name: "gaia",
      title: "GAIA",
      file: "gaia.jsonl",
      questions: 3,
      fingerprint: "f",
      metric: "exact",
      metricNote: "instead of the suite's own",
    },
  ],
};

export const result: EvaluationResult = evaluationResult(settings, records, {
  k: [1, 3],
  price: { input: 1, output: 10 },
});
