import { expect, it } from "vitest";
import type { AttemptRecord, QuestionRecord } from "./attempt-record.ts";
import { bootstrapMean } from "./pass-at-k.ts";
import { summariseSuite } from "./suite-summary.ts";

function attempt(sign: string, changes: Partial<AttemptRecord> = {}): AttemptRecord {
  const error = ({ R: null, w: "wrong answer", n: "no answer", f: "failed", u: "unjudged" } as const)[sign] ?? null;
  const scored = sign !== "f" && sign !== "u";
  return {
    turns: [],
    answer: sign,
    end: "answer",
    reward: null,
    tokens: { written: 10, path: 30, billed: null },
    error,
    score: scored ? (error === null ? 1 : 0) : null,
    correct: error === null,
    vote: scored && sign !== "n" ? sign : null,
    ...changes,
  };
}

function record(id: string, signs: string, level: string | null = null): QuestionRecord {
  return { suite: "s", id, level, prompt: id, answers: ["R"], attempts: [...signs].map((sign) => attempt(sign)) };
}

const options = { k: [1, 3], seed: 1, price: null };

it("pass, avg and maj at k over questions, with the bootstrap of those values", () => {
  const { all } = summariseSuite("s", "exact", [record("a", "RRw"), record("b", "Rwn"), record("c", "www")], options);
  const [one, three] = all.atK;
  // pass@1: 2/3, 1/3, 0; pass@3: 1, 1, 0.
  expect(one?.pass).toEqual(bootstrapMean([2 / 3, 1 / 3, 0], 1));
  expect(three?.pass).toEqual(bootstrapMean([1, 1, 0], 1));
  expect(one?.avg).toEqual(three?.avg);
  expect(one?.avg?.value).toBeCloseTo(1 / 3, 12);
  // maj@3: R has two of three; of R and w the text R comes first ("R" < "w"); w.
  expect(three?.maj).toEqual(bootstrapMean([1, 1, 0], 1));
  expect(all).toMatchObject({ questions: 3, attempts: 9, right: 3, errors: { "wrong answer": 5, "no answer": 1 } });
});

it("attempts that could not be judged enter nothing, and a question needs k judged ones", () => {
  const { all } = summariseSuite("s", "exact", [record("a", "Rfu"), record("b", "www")], options);
  const [one, three] = all.atK;
  expect([one?.questions, three?.questions]).toEqual([2, 1]);
  expect(one?.pass?.value).toBe(0.5);
  expect(three?.pass?.value).toBe(0);
  expect(all.errors).toMatchObject({ failed: 1, unjudged: 1 });
  const none = summariseSuite("s", "exact", [record("a", "ff")], { ...options, k: [1] }).all;
  expect(none.atK).toEqual([{ k: 1, questions: 0, pass: null, avg: null, maj: null }]);
  expect(none.perAttempt.tokensWritten).toBeNull();
});

it("levels in their order, each with figures of its own", () => {
  const records = [record("a", "RRR", "Level 10"), record("b", "www", "Level 2"), record("c", "RRR")];
  const { levels, all } = summariseSuite("s", "exact", records, options);
  expect(levels.map(({ level, questions, atK }) => [level, questions, atK[0]?.pass?.value])).toEqual([
    ["Level 2", 1, 0],
    ["Level 10", 1, 1],
  ]);
  expect(all.questions).toBe(3);
});

it("F1 is the mean of scores, pass is exact", () => {
  const attempts = [attempt("w", { score: 0.5 }), attempt("R", { score: 1 })];
  const { all } = summariseSuite("s", "f1", [{ ...record("a", ""), attempts }], { ...options, k: [1] });
  expect([all.atK[0]?.avg?.value, all.atK[0]?.pass?.value]).toEqual([0.75, 0.5]);
});

it("what an attempt took: calls, tokens, cost by the million tokens billed", () => {
  const call = (failed: string | null) => ({ text: "", result: { tool: "t", input: "", text: "", failed } });
  const billed = { input: 1000, output: 200 };
  const attempts = [
    attempt("R", { turns: [call(null), call("late")], tokens: { written: 200, path: 500, billed } }),
    attempt("w", { tokens: { written: null, path: null, billed: null } }),
  ];
  const priced = { ...options, k: [1], price: { input: 2, output: 10 } };
  const of = (list: readonly AttemptRecord[]) =>
    summariseSuite("s", "exact", [{ ...record("a", ""), attempts: list }], priced).all.perAttempt;
  expect(of(attempts)).toMatchObject({ toolCalls: 1, failedCalls: 0.5, tokensWritten: 200, costPerQuestion: null });
  // (1000 · 2 + 200 · 10) / 1e6 = 0.004.
  expect(of(attempts.slice(0, 1)).costPerQuestion).toBeCloseTo(0.004, 12);
  expect(of(attempts.slice(0, 1)).cost).toBeCloseTo(0.004, 12);
});
