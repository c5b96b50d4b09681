import { expect, it } from "vitest";
import { planGraph } from "./graph.ts";
import { largestBytes, livePeak } from "./live-memory.ts";
import { add, constant, exp, gatherRows, input, matmul, reshape, sum } from "./ops.ts";
import type { Value } from "./value.ts";

const x = input("x", [10, 10]);
const peak = (outputs: Record<string, Value>): number => livePeak(planGraph({ outputs })).bytes;

it("counts what a run makes, not its inputs; element-wise results take the place of what they are the last to read", () => {
  expect(peak({ y: exp(x) })).toBe(400);
  // Both are the whole of a chain's memory: each product needs its operand, each exponential takes its place.
  expect(peak({ y: exp(matmul(x, x)) })).toBe(400);
  expect(peak({ y: matmul(exp(matmul(x, x)), x) })).toBe(800);
});

it("keeps what is read again, and outputs to the end", () => {
  const first = matmul(x, x);
  expect(peak({ y: add(matmul(matmul(first, x), x), first) })).toBe(1200);
  expect(peak({ first, y: matmul(matmul(first, x), x) })).toBe(1200);
});

it("takes a view for what it is", () => {
  const flat = reshape(matmul(x, x), [100]);
  expect(peak({ y: sum(flat, [0]) })).toBe(404);
  expect(peak({ flat, y: sum(flat, [0]) })).toBe(404);
});

it("counts what a run computes among the largest, not a reshape of an input", () => {
  const pool = input("pool", [1000, 4]);
  const plan = planGraph({ outputs: { y: gatherRows(reshape(pool, [2000, 2]), constant([3, 1], [2], "i32")) } });
  expect(largestBytes(plan)).toBe(2 * 2 * 4);
});
