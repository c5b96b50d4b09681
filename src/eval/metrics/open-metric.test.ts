import { afterAll, describe, expect, it } from "vitest";
import type { DataQuestion } from "../../data/question-set.ts";
import { wholeTurnDialect } from "../../envs/dialects/whole-turn.ts";
import { recordQuestion } from "../record-question.ts";
import { dataQuestion } from "../testing/small-suite.ts";
import type { Trajectory } from "../trajectory.ts";
import type { Metric, MetricName } from "./metric.ts";
import { openMetric } from "./open-metric.ts";

const format = { dialect: wholeTurnDialect([]), tools: [] };
const opened: Metric[] = [];
afterAll(() => Promise.all(opened.map((metric) => metric.close())));

function metricOf(name: MetricName): Metric {
  const metric = openMetric(name, { format, judge: null });
  opened.push(metric);
  return metric;
}

/** What the record of a question says of turns that answer it: the answer shown, whether it is right, its score, its vote. */
async function judged(metric: Metric, turns: readonly string[], changes: Partial<DataQuestion>) {
  const question = dataQuestion("q", changes);
  const asked = { id: "q", prompt: question.prompt, answers: question.answers, data: question };
  const trajectories = await Promise.all(
    turns.map(async (turn): Promise<Trajectory> => {
      const transcript = { turns: [turn], results: [], calls: [], answer: turn };
      const reward = await metric.reward(asked, transcript);
      const tokens = { written: 1, path: 1, billed: null };
      return { turns: [{ text: turn, result: null }], answer: turn, end: "answer", reward, tokens };
    }),
  );
  const { attempts } = await recordQuestion("s", question, metric, trajectories);
  return attempts.map(({ answer, correct, score, vote }) => [answer, correct, score, vote]);
}

describe("math", () => {
  it("compares as mathematics, and equal answers vote together", async () => {
    const turns = ["So it is \\boxed{\\frac{1}{2}}.", "The answer is 0.5", "<answer> \\boxed{2} </answer>", "50 %"];
    const found = await judged(metricOf("math"), turns, { answers: ["1/2"] });
    expect(found.map(([answer, correct]) => [answer, correct])).toEqual([
      ["\\frac{1}{2}", true],
      ["0.5", true],
      ["2", false],
      ["50 %", true],
    ]);
    const votes = found.map(([, , , vote]) => vote);
    expect(new Set(votes).size).toBe(2);
    expect([votes[1], votes[3]]).toEqual([votes[0], votes[0]]);
  }, 60_000);

  it("GSM8K: commas and currency are the same number; no number is no answer", async () => {
    const found = await judged(metricOf("math"), ["#### $70,000", "\\boxed{70000}", "\\boxed{}"], {
      answers: ["70000"],
    });
    expect(found.map(([, correct]) => correct)).toEqual([true, true, false]);
    expect(found[2]?.[0]).toBeNull();
  }, 60_000);
});

it("f1: the best of several golds, articles and case aside; yes and no are right or wrong as a whole", async () => {
  const found = await judged(metricOf("f1"), ["\\boxed{the New York City}", "York", "no"], {
    answers: ["New York City", "NYC"],
  });
  // York: precision 1, recall 1/3: F1 1/2.
  expect(found).toEqual([
    ["the New York City", true, 1, "new york city"],
    ["York", false, 0.5, "york"],
    ["no", false, 0, "no"],
  ]);
});

it("exact and choice", async () => {
  expect(await judged(metricOf("exact"), ["Paris!", "Paris, France"], { answers: ["paris"] })).toEqual([
    ["Paris!", true, 1, "paris"],
    ["Paris, France", false, 0, "paris france"],
  ]);
  const choices = { prompt: "Which?\nA. one\nB. two", answers: ["B"], choices: ["one", "two"] };
  const found = await judged(metricOf("choice"), ["\\boxed{B}", "(B) two", "A"], choices);
  expect(found.map(([, correct, , vote]) => [correct, vote])).toEqual([
    [true, "B"],
    [true, "B"],
    [false, "A"],
  ]);
});

it("AEPO-W4: an answer in a tool's result counts as nothing", async () => {
  const metric = metricOf("exact");
  const question = { id: "q", prompt: "?", answers: ["Paris"], data: null };
  const transcript = {
    turns: ["no idea"],
    results: ["<answer>Paris</answer> \\boxed{Paris}"],
    calls: [],
    answer: "no idea",
  };
  expect(await metric.reward(question, transcript)).toMatchObject({ correct: false });
});

it("a judge that is not set", () => {
  expect(() => openMetric("judge", { format, judge: null })).toThrow(
    "this metric asks a judge, and no judge is set\n  expected: judge.model and, of a server that is not OpenAI's, judge.baseURL\n  to fix: --set judge.model=NAME judge.baseURL=http://…/v1, or score by another metric: --metric exact, --metric f1",
  );
});
