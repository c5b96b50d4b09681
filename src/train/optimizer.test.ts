import { expect, it } from "vitest";
import { learningRateAt, optimizerSchema, optimizerStep } from "./optimizer.ts";

const rates = (options: object, total: number): number[] => {
  const parsed = optimizerSchema.parse({ learningRate: 1, ...options });
  return Array.from({ length: total }, (_, index) => learningRateAt(parsed, index, total));
};

it("is constant by default", () => expect(rates({}, 3)).toEqual([1, 1, 1]));

it("rises over the warm-up and falls linearly to near 0", () => {
  // Warm-up over 2 of 10 steps: 1/3, 2/3; decay over the last 5: (10 - i) / 5.
  const values = rates({ warmup: 0.2, decay: 0.5 }, 10);
  [1 / 3, 2 / 3, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2].forEach((rate, i) => expect(values[i]).toBeCloseTo(rate, 12));
});

it("falls as a half cosine", () => {
  // Last 4 of 4: left = 1, 3/4, 1/2, 1/4 → 1, 0.5(1 - cos 3π/4), 0.5, 0.5(1 - cos π/4).
  const values = rates({ decay: 1, shape: "cosine" }, 4);
  [1, 0.5 * (1 + Math.SQRT1_2), 0.5, 0.5 * (1 - Math.SQRT1_2)].forEach((rate, i) =>
    expect(values[i]).toBeCloseTo(rate, 12),
  );
});

it.each([
  [{ warmup: 0.6, decay: 0.6 }, "warmup and decay overlap: their sum must be at most 1"],
  [{ shape: "cosine" }, "shape has no effect when decay is 0"],
])("refuses %j", (options, message) => {
  expect(optimizerSchema.safeParse({ learningRate: 1, ...options }).error?.issues[0]?.message).toBe(message);
});

it("clips at a norm, or never", () => {
  const normOf = (options: object): number =>
    optimizerStep(optimizerSchema.parse({ learningRate: 1, ...options }), 1).maxGradientNorm;
  expect([normOf({}), normOf({ maxGradientNorm: 5 }), normOf({ maxGradientNorm: null })]).toEqual([
    1,
    5,
    Number.POSITIVE_INFINITY,
  ]);
});
