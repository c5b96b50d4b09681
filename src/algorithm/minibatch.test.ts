import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { groupCredit } from "./advantage.ts";
import { dealMinibatches } from "./minibatch.ts";
import { tokenMean } from "./reduction.ts";
import { buildTree } from "./testing/tree-builder.ts";

const group = (reward: number) =>
  groupCredit(
    buildTree({
      paths: [
        { turns: [[1, 1], [1]], reward },
        { turns: [[1]], reward: 0, fork: { of: 0, after: 0 } },
        { turns: [[1, 1, 1]], reward: 1 },
      ],
    }),
    "train",
  );

describe("AEPO-L7: dealing a batch over updates", () => {
  it("by trees keeps questions whole, with at most as many updates as groups kept", () => {
    const credits = [group(0.5), group(0.25)];
    const hands = dealMinibatches({ updates: 8, minibatch: "trees", reduction: tokenMean }, credits, randomStream(1));
    expect(hands.map(({ groups }) => groups.map(({ paths }) => paths.length))).toEqual([[3], [3]]);
  });

  it("by paths deals every path once, in sizes that differ by one at most, from a named stream", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(99),
        (updates, groups, seed) => {
          const credits = Array.from({ length: groups }, (_, i) => group(i / 10 + 0.05));
          const deal = () =>
            dealMinibatches({ updates, minibatch: "paths", reduction: tokenMean }, credits, randomStream(seed));
          const hands = deal();
          const sizes = hands.map((hand) => hand.groups.reduce((sum, { paths }) => sum + paths.length, 0));
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          const dealt = hands.flatMap((hand) =>
            hand.groups.flatMap(({ tree, paths }) =>
              paths.map(({ path }) => `${credits.findIndex((c) => c.tree === tree)}/${path}`),
            ),
          );
          const all = credits.flatMap(({ paths }, i) => paths.map(({ path }) => `${i}/${path}`));
          expect([...dealt].sort()).toEqual(all.sort());
          expect(deal()).toEqual(hands);
        },
      ),
    );
  });

  it("AEPO-L6: the part of a tree that lands in one update still shares its prefix", () => {
    const credits = [group(0.5)];
    const [hand] = dealMinibatches({ updates: 1, minibatch: "paths", reduction: tokenMean }, credits, randomStream(1));
    // Prompt 2, path 0: 2 + result 1 + 1, the fork's own 1, path 2: 3. The fork repeats nothing.
    expect(hand?.trees[0]?.ids.length).toBe(10);
    expect(hand?.trees[0]?.paths.map(({ tokens }) => tokens.length)).toEqual([3, 3, 3]);
    expect([...(hand?.trees[0]?.paths[1]?.tokens ?? [])].slice(0, 2)).toEqual(
      [...(hand?.trees[0]?.paths[0]?.tokens ?? [])].slice(0, 2),
    );
  });

  it("AEPO-L4: weights of an update are 1 / its path-tokens", () => {
    const hands = dealMinibatches(
      { updates: 2, minibatch: "paths", reduction: tokenMean },
      [group(0.5)],
      randomStream(1),
    );
    for (const { trees } of hands) {
      const weights = trees.flatMap(({ paths }) => paths.flatMap((path) => [...path.weights]));
      expect(weights.every((weight) => weight === Math.fround(1 / weights.length))).toBe(true);
    }
  });

  it("nothing kept, nothing dealt", () => {
    expect(dealMinibatches({ updates: 8, minibatch: "paths", reduction: tokenMean }, [], randomStream(1))).toEqual([]);
  });
});
