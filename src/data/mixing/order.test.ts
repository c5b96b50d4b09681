import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DataQuestion } from "../question-set.ts";
import { shuffledEpochs } from "./epochs.ts";
import { isHeldOut } from "./hold-out.ts";
import { mixQuestions, type Pool } from "./mix-questions.ts";
import { mixture } from "./mixture.ts";
import { questionKey } from "./question-key.ts";

const range = (length: number, from = 0): number[] => Array.from({ length }, (_, i) => from + i);
const question = (id: string): DataQuestion => ({ id, prompt: id, answers: ["x"], kind: "qa", data: {}, source: "s" });
const pool = (name: string, size: number, weight: number | null = null): Pool => ({
  questions: range(size).map((i) => question(`${name}${i}`)),
  weight,
});
const train = (pools: readonly Pool[], seed: number | null) => mixQuestions(pools, { name: "training", seed, fix: "" });

describe("the order of a source", () => {
  it("holds every question once an epoch, in another order each", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(50), (size, seed, epoch) => {
        const order = shuffledEpochs(size, seed, 0);
        const asked = range(size, epoch * size).map(order);
        expect(asked.toSorted((a, b) => a - b)).toEqual(range(size));
      }),
    );
    const order = shuffledEpochs(100, 1, 0);
    expect(range(100).map(order)).not.toEqual(range(100, 100).map(order));
    expect(range(100).map(order)).not.toEqual(range(100).map(shuffledEpochs(100, 2, 0)));
    expect(range(100).map(order)).not.toEqual(range(100).map(shuffledEpochs(100, 1, 1)));
  });

  it("is uniform: each of 5 questions comes first in a fifth of the epochs", () => {
    const order = shuffledEpochs(5, 7, 0);
    const first = range(5).map((one) => range(10_000).filter((epoch) => order(epoch * 5) === one).length);
    // Five standard deviations of a binomial with n = 10,000 and p = 0.2: 200.
    for (const count of first) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});

describe("a mixture", () => {
  const weights = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 });

  it("gives every source its ranks in order, without a gap", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 500 }), (given, length) => {
        const next = given.map(() => 0);
        for (const { source, rank } of range(length).map(mixture(given))) {
          expect(rank).toBe(next[source]);
          next[source] = rank + 1;
        }
      }),
    );
  });

  it("has shares that converge to the weights: off by less than one turn a source at any length", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 2000 }), (given, length) => {
        const sum = given.reduce((a, b) => a + b, 0);
        const turns = range(length).map(mixture(given));
        for (const [source, weight] of given.entries()) {
          const count = turns.filter((turn) => turn.source === source).length;
          // One for each source that is asked before, and the rounding of weights to a millionth of the largest.
          expect(Math.abs(count - (length * weight) / sum)).toBeLessThan(given.length + length * 1e-5);
        }
      }),
    );
    const turns = range(40_000, 123_456_789).map(mixture([3, 1]));
    expect(turns.filter(({ source }) => source === 0)).toHaveLength(30_000);
  });
});

describe("a set of questions", () => {
  it("without weights: every question of every source once an epoch", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.option(fc.nat(), { nil: null }),
        fc.nat(20),
        (sizes, seed, epoch) => {
          const set = train(
            sizes.map((size, i) => pool(String.fromCharCode(97 + i), size)),
            seed,
          );
          const asked = range(set.size, epoch * set.size).map((index) => set.at(index).id);
          expect(asked.toSorted()).toEqual(set.questions.map(({ id }) => id).toSorted());
        },
      ),
    );
  });

  it("resumes at any index: another set of the same data and seed gives the rest of the straight run", () => {
    const pools = [pool("a", 13, 2), pool("b", 5, 1)];
    const straight = train(pools, 9);
    const ids = range(500).map((index) => straight.at(index).id);
    fc.assert(
      fc.property(fc.nat(499), (from) => {
        const resumed = train(pools, 9);
        expect(range(500 - from, from).map((index) => resumed.at(index).id)).toEqual(ids.slice(from));
      }),
    );
    expect(
      range(500)
        .reverse()
        .map((index) => straight.at(index).id),
    ).toEqual(ids.toReversed());
  });

  it("with weights: a small source comes round more often", () => {
    const set = train([pool("a", 90, 1), pool("b", 10, 1)], 1);
    const asked = range(180).map((index) => set.at(index).id);
    expect(asked.filter((id) => id.startsWith("b"))).toHaveLength(90);
    expect(new Set(asked.filter((id) => id.startsWith("a"))).size).toBe(90);
  });

  it("unshuffled: each source in its order, for ever", () => {
    const set = train([pool("a", 2), pool("b", 2)], null);
    expect(range(6).map((index) => set.at(index).id)).toEqual(["b0", "a0", "b1", "a1", "b0", "a0"]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 60])("has no question %d", (index) => {
    expect(() => train([pool("a", 2)], 1).at(index)).toThrow(
      `there is no training question ${index}\n  expected: an index 0, 1, 2, …`,
    );
  });

  it("without questions says what to do", () => {
    const set = mixQuestions([], { name: "test", seed: null, fix: "name a test set" });
    expect(set.size).toBe(0);
    expect(() => set.at(0)).toThrow("there are no test questions\n  to fix: name a test set");
  });
});

describe("what is held out", () => {
  it("depends on the text alone: case, spaces and forms of characters do not matter", () => {
    expect(questionKey(" What  is\n2 + 2? ")).toBe(questionKey("what is 2 + 2?"));
    expect(questionKey("ﬁ １")).toBe(questionKey("fi 1"));
    expect(questionKey("2 + 2")).not.toBe(questionKey("2 - 2"));
  });

  it("is the share that is asked for, and other questions with another seed", () => {
    const keys = range(20_000).map((i) => questionKey(`question ${i}`));
    for (const seed of [null, 1, 2]) {
      // Five standard deviations of a binomial with n = 20,000 and p = 0.1: 212.
      const held = keys.filter((key) => isHeldOut(key, 0.1, seed)).length;
      expect(Math.abs(held - 2000)).toBeLessThan(212);
    }
    const side = (seed: number | null): boolean[] => keys.map((key) => isHeldOut(key, 0.1, seed));
    expect(side(1)).not.toEqual(side(2));
    expect(side(0)).not.toEqual(side(null));
  });
});
