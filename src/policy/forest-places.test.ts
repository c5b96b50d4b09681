import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forestPlaces } from "./forest-places.ts";
import { depthFirst } from "./micro-batches.ts";

const Q = 64;

/** Parents of a prompt with some branches of a length. */
function group(prompt: number, branches: number, length: number): Int32Array {
  const parents = Array.from({ length: prompt }, (_, i) => i - 1);
  for (let branch = 0; branch < branches; branch++) {
    for (let i = 0; i < length; i++) parents.push(i === 0 ? prompt - 1 : parents.length - 1);
  }
  return Int32Array.from(parents);
}

const all = (parents: Int32Array): Uint8Array => new Uint8Array(parents.length).fill(1);

describe("AEPO-L6: the places of a packed forest", () => {
  it("begin a block with each path of a group that ran into its limit", () => {
    const parents = group(64, 16, 63);
    const { enter, count } = forestPlaces(parents, all(parents), 0, Q);
    expect(count).toBe(64 + 16 * 63);
    const starts = Array.from({ length: 16 }, (_, branch) => enter[64 + branch * 63]);
    expect(starts).toEqual(Array.from({ length: 16 }, (_, branch) => Q * (1 + branch)));
  });

  it("are taken without a gap where a branch begins elsewhere", () => {
    const parents = group(10, 3, 20);
    expect([...forestPlaces(parents, all(parents), 0, Q).enter]).toEqual([...depthFirst(parents, all(parents)).enter]);
  });

  it("keep the depth-first order, tell ancestors by their intervals and leave few empty", () => {
    const trees = fc.array(fc.nat(), { minLength: 1, maxLength: 200 }).map((numbers) =>
      // Mostly the token before, sometimes any earlier one.
      Int32Array.from(numbers, (number, i) => (i === 0 ? -1 : number % 5 === 0 ? number % i : i - 1)),
    );
    fc.assert(
      fc.property(trees, fc.nat({ max: 130 }), (parents, first) => {
        const dense = depthFirst(parents, all(parents));
        const { enter, exit } = forestPlaces(parents, all(parents), first, Q);
        const byPlace = [...parents.keys()].sort((a, b) => (enter[a] ?? 0) - (enter[b] ?? 0));
        expect(byPlace.map((token) => dense.enter[token])).toEqual([...parents.keys()]);
        for (const [i, a] of byPlace.entries()) {
          const gap = (enter[a] ?? 0) - (i === 0 ? first : (enter[byPlace[i - 1] ?? 0] ?? 0) + 1);
          expect(gap).toBeLessThanOrEqual(Q / 16);
          if (gap > 0) expect((enter[a] ?? 0) % Q).toBe(0);
          const parent = parents[a] ?? -1;
          if (parent < 0) continue;
          expect(enter[parent]).toBeLessThan(enter[a] ?? 0);
          expect(exit[parent]).toBeGreaterThanOrEqual(exit[a] ?? 0);
        }
      }),
    );
  });
});
