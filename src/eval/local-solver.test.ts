import { expect, it } from "vitest";
import { smallSolver, smallWork } from "./testing/small-suite.ts";

const signal = new AbortController().signal;

async function solved(together: number, from: number, to: number, changes = {}) {
  const { task } = smallWork(8, changes);
  const questions = Array.from({ length: to - from }, (_, i) => task.question("test", from + i));
  const solver = smallSolver(together);
  return solver.solve(task, questions, 4, signal).finally(() => solver.close());
}

it("tells a path as it was: turns, calls, results, the answer, tokens, the reward", async () => {
  const paths = (await solved(8, 0, 8)).flat();
  const right = paths.find(({ reward, turns }) => reward?.correct === true && turns.length === 2);
  expect(right).toMatchObject({
    answer: "y",
    end: "answer",
    turns: [
      { text: "<look> x </look>", result: { tool: "look", input: "x", text: "<result> n0 </result>", failed: null } },
      { text: "<answer> y </answer>", result: null },
    ],
    // One token a word: q, three and three written, three of the result.
    tokens: { written: 6, path: 10, billed: null },
  });
  const broken = paths.find(({ end }) => end === "invalid");
  expect(broken).toMatchObject({ answer: null, why: "</think> closes nothing", reward: { formatOk: false } });
});

it("what is drawn for a question does not depend on where its lot begins", async () => {
  const [all, some] = [await solved(8, 0, 8), await solved(3, 3, 6)];
  expect(some).toEqual(all.slice(3, 6));
  expect(new Set(all.map((paths) => JSON.stringify(paths))).size).toBeGreaterThan(1);
});

it("a question that leaves no room to answer is at its limit, and the others are answered", async () => {
  const limits = { turns: 5, calls: 4, tokens: 1 };
  const [paths] = await solved(1, 0, 1, { limits });
  expect(paths).toHaveLength(4);
  expect(paths?.[0]).toMatchObject({
    end: "token-limit",
    why: "the prompt alone has 1 tokens",
    reward: { correct: false },
  });
});
