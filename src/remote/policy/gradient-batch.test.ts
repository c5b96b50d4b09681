import { expect, it } from "vitest";
import type { Datum } from "../../protocol/in-memory.ts";
import { gradientBatch, isTeaching, type WeighedSequence } from "./gradient-batch.ts";
import { scoredSequence } from "./path-sequences.ts";

function weighed(ids: readonly number[], trained: readonly number[], coefficients: readonly number[]): WeighedSequence {
  return {
    sequence: { ...scoredSequence(ids), trained: Int32Array.from(trained) },
    logprobs: Float32Array.from(ids.slice(1), (id) => -id),
    coefficients: Float32Array.from(coefficients),
  };
}

const long = weighed([1, 2, 3, 4, 5], [1, 3], [0.5, -0.25]);
const short = weighed([1, 2], [0], [2]);

/** What a server of each kind adds up per token at ratio 1, from the formulas of the protocol's facts (II.2). */
function coefficients(data: readonly Datum[], reduction: "sum" | "mean"): number[][] {
  return data.map(({ advantages = [], targetTokens }) =>
    Array.from(advantages, (a) => (reduction === "sum" ? a : a / (targetTokens.length * data.length))),
  );
}

it("both reductions add up the same coefficients, fill-ups included", () => {
  for (const microBatch of [1, 4]) {
    const sum = gradientBatch([long, short], "sum", microBatch);
    const mean = gradientBatch([long, short], "mean", microBatch);
    expect([sum.length, mean.length]).toEqual(microBatch === 1 ? [2, 2] : [4, 4]);
    expect(coefficients(mean, "mean")).toEqual(coefficients(sum, "sum"));
    expect(coefficients(sum, "sum").slice(0, 2)).toEqual([[2], [0, 0.5, 0, -0.25]]);
  }
});

it("datums are by length, with the log-probabilities of now, and those that fill up teach nothing", () => {
  const data = gradientBatch([long, short], "mean", 4);
  expect(data.map(({ tokens }) => tokens.length)).toEqual([1, 4, 1, 1]);
  expect(data.slice(2).map(({ advantages }) => [...(advantages ?? [])])).toEqual([[0], [0]]);
  expect([...(data[1]?.logprobs ?? [])]).toEqual([-2, -3, -4, -5]);
  // A hosted service takes no weights with these losses.
  expect(data.every((datum) => datum.weights === undefined)).toBe(true);
});

it("a sequence whose coefficients are all 0 teaches nothing", () => {
  expect([long, weighed([1, 2], [0], [0])].map(isTeaching)).toEqual([true, false]);
});
