import { describe, expect, it } from "vitest";
import { type RandomStream, randomStream } from "../std/random.ts";
import { type Crossed, estimateMean, intervalOf, pValue } from "./estimate.ts";

describe("known cases", () => {
  it("of values that differ between seeds only, the error is s/√n", () => {
    // Means 1, 2, 4: deviation √(7/3), over √3: √7/3; t with 2 degrees of freedom: 4.30265 (tables).
    const estimated = estimateMean([1, 2, 4].map((value) => Array.from({ length: 50 }, () => value)));
    expect(estimated).toEqual({
      value: expect.closeTo(7 / 3, 12),
      seeds: 3,
      error: expect.closeTo(Math.sqrt(7) / 3, 12),
    });
    expect(intervalOf(estimated)).toEqual({
      low: expect.closeTo(7 / 3 - (4.30265 * Math.sqrt(7)) / 3, 4),
      high: expect.closeTo(7 / 3 + (4.30265 * Math.sqrt(7)) / 3, 4),
    });
    // With 2 degrees of freedom P(|T| ≥ t) = 1 − t/√(2 + t²), and t = √7 here.
    expect(pValue(estimated)).toBeCloseTo(1 - Math.sqrt(7) / 3, 10);
  });

  it("of values that differ between questions only, too", () => {
    // 20 zeros and 20 ones: deviation √(10/39), over √40.
    const estimated = estimateMean([1, 2, 3].map(() => Array.from({ length: 40 }, (_, i) => i % 2)));
    expect(estimated.error).toBeCloseTo(Math.sqrt(10 / 39 / 40), 12);
  });

  it("of one figure a seed, it is that of the seeds", () => {
    expect(estimateMean([[1], [2], [4]]).error).toBeCloseTo(Math.sqrt(7) / 3, 12);
  });

  it("where all seeds give the same, or there is one, nothing is said of another", () => {
    const same = estimateMean([0.3, 0.3, 0.3].map((value) => [value, value, value]));
    expect([same.error, intervalOf(same), pValue(same)]).toEqual([null, null, null]);
    expect(
      pValue(
        estimateMean([
          [0, 0],
          [0, 0],
        ]),
      ),
    ).toBe(1);
    const single = estimateMean([[1, 0]]);
    expect([single.value, intervalOf(single), pValue(single)]).toEqual([0.5, null, null]);
  });
});

it("is the deviation of the mean over resamples of seeds and questions", () => {
  const values = drawCrossed(4, 15, 0, 0.3);
  const random = randomStream(1, "resample");
  const means = Array.from({ length: 40_000 }, () => {
    const [seeds, questions] = [drawIndices(4, random), drawIndices(15, random)];
    const drawn = seeds.flatMap((s) => questions.map((q) => values[s]?.[q] ?? 0));
    return drawn.reduce((total, value) => total + value, 0) / drawn.length;
  });
  const centre = means.reduce((total, value) => total + value, 0) / means.length;
  const variance = means.reduce((total, value) => total + (value - centre) ** 2, 0) / means.length;
  // The error of a deviation from 40,000 draws is 0.4 %.
  expect(Math.sqrt(variance) / (estimateMean(values).error ?? 0)).toBeCloseTo(1, 1.5);
});

/** One draw fewer than there are. */
function drawIndices(count: number, random: RandomStream): number[] {
  return Array.from({ length: count - 1 }, () => random.integer(count));
}

/** Questions that differ by 0.3, seeds that differ by `seedDeviation`, crossed, and noise of 0.4; all normal, the mean is 0. */
function drawCrossed(seeds: number, questions: number, simulation: number, seedDeviation: number): Crossed {
  const random = randomStream(20261126, "coverage", seeds, simulation);
  const ofQuestion = Array.from({ length: questions }, () => 0.3 * random.normal());
  return Array.from({ length: seeds }, () => {
    const ofSeed = seedDeviation * random.normal();
    return ofQuestion.map((value) => value + ofSeed + 0.4 * random.normal());
  });
}

it.each([
  [2, 0.3],
  [3, 0.3],
  [5, 0.3],
  [5, 0],
  [20, 0.1],
])("of %i seeds that differ by %f, 95 of 100 intervals hold the truth", (seeds, deviation) => {
  const simulations = 2000;
  const held = Array.from({ length: simulations }, (_, i) => {
    const interval = intervalOf(estimateMean(drawCrossed(seeds, 30, i, deviation)));
    return interval !== null && interval.low <= 0 && 0 <= interval.high;
  });
  // Three standard errors of a share of 0.95 in 2000 are 0.015; above it is the wide side, on which they may err.
  expect(held.filter(Boolean).length / simulations).toBeGreaterThan(0.935);
});

it("a percentile interval of 3 seeds, which is not used, would hold it far less often", () => {
  // Between the smallest and the largest of three seeds' means: 1 − 2·(1/2)³ = 0.75.
  const held = Array.from({ length: 2000 }, (_, i) => {
    const means = drawCrossed(3, 30, i, 1).map((row) => row.reduce((total, value) => total + value, 0));
    return Math.min(...means) <= 0 && 0 <= Math.max(...means);
  });
  expect(held.filter(Boolean).length / 2000).toBeLessThan(0.8);
});
