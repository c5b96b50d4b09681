import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { drawShaped, keptTokens, mostLikely, penalise } from "./shape-distribution.ts";
import type { WholeShaping } from "./shaping.ts";

const NONE: WholeShaping = { topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

interface Golden {
  readonly cases: readonly {
    readonly temperature: number;
    readonly shaping: WholeShaping;
    readonly logits: readonly number[];
    readonly ids: readonly number[];
    readonly kept: readonly number[];
    readonly probabilities: readonly number[];
  }[];
}

function softmax(logits: Float32Array): number[] {
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  return Array.from(logits, (x) => Math.exp(x) / total);
}

const logits = fc
  .array(fc.oneof(fc.float({ min: -12, max: 12, noNaN: true }), fc.constantFrom(0, 1, 2)), {
    minLength: 1,
    maxLength: 50,
  })
  .map((all) => Float32Array.from(all));
const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

describe("golden/shaping.json (transformers, golden/shaping.py)", () => {
  const golden = JSON.parse(readFileSync(new URL("../../golden/shaping.json", import.meta.url), "utf8")) as Golden;
  it.each(golden.cases.map((one, i) => [i, JSON.stringify(one.shaping), one.temperature, one] as const))(
    "%d: %s at temperature %d keeps the same tokens with the same probabilities",
    (_, _shaping, temperature, { shaping, ids, kept, probabilities, ...one }) => {
      const tempered = Float32Array.from(one.logits, (x) => x / temperature);
      const found = keptTokens(penalise(tempered, ids, shaping.repetitionPenalty), shaping);
      expect([...found.ids]).toEqual(kept);
      const total = sum([...found.weights]);
      for (const [i, weight] of found.weights.entries()) {
        expect(Math.abs(weight / total - (probabilities[i] ?? Number.NaN))).toBeLessThan(1e-6);
      }
    },
  );
});

describe("what can be drawn", () => {
  it("top-k: the k most likely tokens, and those as likely as the last of them", () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 60 }), (all, topK) => {
        const least = [...all].sort((a, b) => b - a)[Math.min(topK, all.length) - 1] ?? 0;
        const expected = [...all.keys()].filter((id) => (all[id] ?? 0) >= least);
        expect([...keptTokens(all, { ...NONE, topK }).ids]).toEqual(expected);
      }),
    );
  });

  it("top-p: at least p, no fewer tokens would do, none left out is likelier, and among equals lower ids stay", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (all, topP) => {
        const p = softmax(all);
        const kept = [...keptTokens(all, { ...NONE, topP }).ids];
        const mass = sum(kept.map((id) => p[id] ?? 0));
        const least = Math.min(...kept.map((id) => p[id] ?? 0));
        expect(mass).toBeGreaterThan(topP - 1e-9);
        expect(mass - least).toBeLessThan(topP + 1e-9);
        for (const id of all.keys()) {
          if (kept.includes(id)) continue;
          expect(p[id] ?? 1).toBeLessThanOrEqual(least);
          const after = kept.filter((other) => all[other] === all[id] && other > id);
          expect(after).toEqual([]);
        }
      }),
    );
  });

  it("min-p: the tokens with at least this share of the largest probability", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0, max: 1, noNaN: true }), (all, minP) => {
        const p = softmax(all);
        const kept = new Set(keptTokens(all, { ...NONE, minP }).ids);
        const least = minP * Math.max(...p);
        for (const [id, mine] of p.entries()) {
          if (Math.abs(mine - least) > 1e-9) expect(kept.has(id)).toBe(mine > least);
        }
        expect(kept.size).toBeGreaterThan(0);
      }),
    );
  });

  it("tokens that cannot occur are never kept", () => {
    const some = Float32Array.of(Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 0);
    for (const cut of [{ topK: 3 }, { topP: 0.999999 }, { minP: 0.001 }]) {
      expect([...keptTokens(some, { ...NONE, ...cut }).ids]).toEqual([1, 3]);
    }
  });

  it("top-p counts what top-k has kept, renormalised", () => {
    // Probabilities 0.4, 0.3, 0.2, 0.1; of the first two 0.4 is 4/7 > 0.55, of all four it is not.
    const four = Float32Array.from([0.4, 0.3, 0.2, 0.1], Math.log);
    expect([...keptTokens(four, { ...NONE, topK: 2, topP: 0.55 }).ids]).toEqual([0]);
    expect([...keptTokens(four, { ...NONE, topP: 0.55 }).ids]).toEqual([0, 1]);
  });
});

describe("drawShaped", () => {
  const row = { ids: [0, 3, 3], temperature: 1, shaping: { topP: 0.9, topK: 12, minP: 0.02, repetitionPenalty: 1.3 } };

  it("draws follow the cut distribution (χ² over 20,000 draws)", () => {
    const stream = randomStream(1, "shaped draws");
    const all = Float32Array.from({ length: 40 }, () => 2 * stream.normal());
    const { ids, weights } = keptTokens(penalise(all, row.ids, 1.3), row.shaping);
    const draws = 20_000;
    const seen = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const id = drawShaped(all, row, stream.uniform());
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    const total = sum([...weights]);
    const expected = [...ids].map((id, i) => ({ id, count: (draws * (weights[i] ?? 0)) / total }));
    expect(ids.length).toBeGreaterThan(5);
    expect([...seen.keys()].every((id) => ids.includes(id))).toBe(true);
    const chiSquare = sum(expected.map(({ id, count }) => ((seen.get(id) ?? 0) - count) ** 2 / count));
    // Its mean is the degrees of freedom d, its variance 2d: 4 standard deviations.
    const freedom = ids.length - 1;
    expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
  });

  it("gives the first kept token at 0 and the last one at the largest number below 1", () => {
    const all = Float32Array.of(-9, 1, 0.5, 1, -9);
    const shaped = { ids: [], temperature: 1, shaping: { ...NONE, topK: 3 } };
    expect([0, 1 - 2 ** -53].map((uniform) => drawShaped(all, shaped, uniform))).toEqual([1, 3]);
  });

  it("at temperature 0 takes the most likely token after the penalty, the first of equals", () => {
    const all = Float32Array.of(2, 1.5, -0.5, 1.5);
    const greedy = (ids: readonly number[], repetitionPenalty: number): number =>
      drawShaped(all, { ids, temperature: 0, shaping: { ...NONE, repetitionPenalty } }, 0.99);
    expect(greedy([0], 1.2)).toBe(0);
    expect(greedy([0], 1.5)).toBe(1);
    expect(greedy([0, 1], 1.5)).toBe(3);
    expect(greedy([1, 2, 3], 0.5)).toBe(1);
  });
});

describe("mostLikely", () => {
  it("gives log-probabilities, falling, lower ids first among equals", () => {
    const logSum = Math.log(2 * Math.exp(1) + Math.exp(0.5) + Math.exp(-2));
    const top = mostLikely(Float32Array.of(-2, 1, 0.5, 1), 3, logSum);
    expect(top.map(({ id }) => id)).toEqual([1, 3, 2]);
    for (const [i, x] of [1, 1, 0.5].entries()) expect(top[i]?.logprob).toBeCloseTo(x - logSum, 6);
  });
});
