import { expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import { ScriptedTurns } from "../rollout/scripted-turns.ts";
import { smallTask, smallTokenizer } from "../rollout/testing/small-world.ts";
import { evaluate } from "./evaluate.ts";
import { passAtK } from "./pass-at-k.ts";

/** Answers of each question's samples: y is right, x wrong, `fact` cannot be judged. */
function evaluated(answers: readonly (readonly string[])[], k: [number, ...number[]]) {
  const task = smallTask();
  const samples = answers[0]?.length ?? 0;
  const openSampler = () =>
    new ScriptedTurns(smallTokenizer, ({ question, path }) => ({
      text: `<answer> ${answers[question]?.[path]} </answer>`,
      entropy: 0,
    }));
  return evaluate({
    task: {
      ...task,
      reward(_, { answer }) {
        if (answer === "fact") return Promise.reject(new Error("no answer within 30 s"));
        return { total: answer === "y" ? 1 : 0.25, formatOk: true, correct: answer === "y", parts: {} };
      },
    },
    tokenizer: smallTokenizer,
    policy: { openSampler } as unknown as FrozenPolicy,
    options: { questions: answers.length, samples, temperature: 1, k },
    split: "test",
    seed: 1,
    step: 0,
    toolTimeoutMs: 1000,
    clock: { nowMs: () => 0, timestamp: () => "" },
    signal: new AbortController().signal,
  });
}

it("what could not be judged is left out of n, counted and said: Pass@k is over the samples that were judged", async () => {
  const { record } = await evaluated(
    [
      ["y", "x", "fact"],
      ["y", "y", "x"],
      ["fact", "fact", "x"],
    ],
    [1, 2],
  );
  const [one, two] = record.passAtK;
  expect(one?.value).toBeCloseTo((1 / 2 + 2 / 3 + 0) / 3, 12);
  expect(one).not.toHaveProperty("questions");
  // The third question has one judged sample: nobody can say whether one of two is right.
  expect(two?.value).toBeCloseTo((passAtK(2, 1, 2) + passAtK(3, 2, 2)) / 2, 12);
  expect(two?.questions).toBe(2);
  expect(record.unjudged).toEqual({ samples: 3, reasons: ["no answer within 30 s"] });
  expect([record.rewardMean, record.formatShare]).toEqual([(3 * 1 + 3 * 0.25) / 6, 1]);
});

it("says nothing of it where all was judged", async () => {
  const { record } = await evaluated([["y", "x"]], [1]);
  expect(record).not.toHaveProperty("unjudged");
  expect(record.passAtK[0]?.value).toBe(0.5);
});

it("is an error where nothing could be judged", async () => {
  expect(await rejectionMessage(evaluated([["fact", "fact"]], [1]))).toBe(
    `Pass@1 cannot be measured: no question has 1 samples that could be judged
  found: no answer within 30 s
  to fix: mend what judges (is its server up, is its key valid?), then evaluate again`,
  );
});
