import { expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import type { SampleRequest } from "./policy.ts";
import { checkSampleRequest } from "./sample-request.ts";
import { shapingWords, wholeShaping } from "./shaping.ts";

const REQUEST: SampleRequest = { id: "a", ids: [1], stop: [], maxTokens: 1, temperature: 1, seed: 1 };
const LIMITS = { cacheTokens: 60, maxSequenceTokens: 50, vocabularySize: 10 };

it.each<[Partial<SampleRequest>, string]>([
  [{ ids: [] }, "no token to continue from\n  expected: at least one token"],
  [{ temperature: -1 }, "temperature -1\n  expected: a number from 0"],
  [{ maxTokens: 50 }, "1 tokens and 50 more do not fit\n  expected: at most 50 in all"],
  [
    { stopTexts: ["x"] },
    "stop texts, of a policy that does not know its tokens' bytes\n  expected: a policy opened with tokenBytes",
  ],
  [{ topLogprobs: 11 }, "topLogprobs 11\n  expected: an integer from 0 to 10"],
  [{ shaping: { topP: 1.5 } }, "shaping.topP 1.5\n  expected: Too big: expected number to be <=1"],
  [{ shaping: { topP: 0 } }, "shaping.topP 0\n  expected: Too small: expected number to be >0"],
  [{ shaping: { topK: -1 } }, "shaping.topK -1\n  expected: Too small: expected number to be >=0"],
  [
    { shaping: { repetitionPenalty: 0 } },
    "shaping.repetitionPenalty 0\n  expected: Too small: expected number to be >0",
  ],
  [{ shaping: { top_k: 3 } as object }, 'shaping\n  expected: Unrecognized key: "top_k"'],
])("refuses %j", (changes, message) => {
  expect(thrownMessage(() => checkSampleRequest({ ...REQUEST, ...changes }, LIMITS))).toBe(`request "a": ${message}`);
});

it("shaping that changes nothing is none, and of a greedy request all but the penalty changes nothing", () => {
  const whole = { topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };
  expect(wholeShaping(undefined, 1)).toBeNull();
  expect(wholeShaping(whole, 1)).toBeNull();
  expect(wholeShaping({ topP: 0.5, topK: 3, minP: 0.1 }, 0)).toBeNull();
  expect(wholeShaping({ topK: 3 }, 0.1)).toEqual({ ...whole, topK: 3 });
  expect(wholeShaping({ topK: 3, repetitionPenalty: 1.1 }, 0)).toEqual({ ...whole, topK: 3, repetitionPenalty: 1.1 });
});

it("shaping in words leaves out what changes nothing", () => {
  expect(shapingWords({ topP: 0.9, minP: 0, topK: 20, repetitionPenalty: 1.1 })).toBe(
    "top-p 0.9, top-k 20, repetition penalty 1.1",
  );
  expect(shapingWords({ topP: 1, topK: 0 })).toBe("");
});
