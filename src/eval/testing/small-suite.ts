/** A suite for tests: questions whose answer is `y`, a policy that answers `y`, `x`, something broken, or asks a tool first, by chance. */
import type { DataQuestion } from "../../data/question-set.ts";
import type { AnyTask } from "../../envs/task.ts";
import { scriptedPolicy } from "../../policy/scripted.ts";
import { smallTask, smallTokenizer } from "../../rollout/testing/small-world.ts";
import { localSolver } from "../local-solver.ts";
import { openMetric } from "../metrics/open-metric.ts";
import type { SuiteWork } from "../run-suites.ts";
import type { Solver } from "../solver.ts";
import { suiteTask } from "../suite-task.ts";

export function dataQuestion(id: string, changes: Partial<DataQuestion> = {}): DataQuestion {
  return { id, prompt: "q", answers: ["y"], kind: "qa", data: {}, source: "small", ...changes };
}

export function smallWork(questions: number, changes: Partial<AnyTask> = {}, suite = "small"): SuiteWork {
  const base: AnyTask = { ...smallTask(), ...changes };
  const metric = openMetric("exact", { format: base, judge: null });
  const list = Array.from({ length: questions }, (_, i) =>
    dataQuestion(`small/${i}`, { level: i % 2 === 0 ? "easy" : "hard" }),
  );
  const ask = ({ id, prompt, answers }: DataQuestion) => ({ id, prompt, answers, data: null });
  return { suite, questions: list, metric, task: suiteTask(suite, list, { ...base, ask }, metric.reward) };
}

const TURNS = ["<answer> y </answer>", "<answer> x </answer>", "<look> x </look>", "</think> <answer> y </answer>"].map(
  (turn) => smallTokenizer.encode(turn),
);
const [LIKELY, CERTAIN, NEVER] = [1, 30, Number.NEGATIVE_INFINITY];

export function smallSolver(together: number, seed = 5): Solver {
  const policy = scriptedPolicy({
    vocabularySize: smallTokenizer.vocabularySize,
    maxSequenceTokens: 400,
    tokenBytes: (id) => smallTokenizer.bytes(id),
    logits: (prefix) => nextTokens(prefix),
  });
  return localSolver({
    policy,
    tokenizer: smallTokenizer,
    description: "scripted",
    together,
    temperature: 1,
    shaping: {},
    seed,
    toolTimeoutMs: 1000,
    clock: { nowMs: () => 0, timestamp: () => "" },
    close: () => policy.dispose(),
  });
}

/** Goes on with any of the turns that fit what stands behind the prompt or the last result. */
function nextTokens(prefix: readonly number[]): Float64Array {
  const resultEnd = smallTokenizer.encode("</result>")[0];
  const written = prefix.slice(Math.max(0, resultEnd === undefined ? 0 : prefix.lastIndexOf(resultEnd)) + 1);
  const logits = new Float64Array(smallTokenizer.vocabularySize).fill(NEVER);
  for (const turn of TURNS) {
    const fits = written.every((id, i) => turn[i] === id);
    const next = turn[written.length];
    if (fits && next !== undefined) logits[next] = written.length === 0 ? LIKELY : CERTAIN;
  }
  return logits;
}
