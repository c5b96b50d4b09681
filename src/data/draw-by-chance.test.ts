import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawByChance } from "./draw-by-chance.ts";

const order = { at: (index: number) => index % 7, size: 7, seed: 3 };

describe("drawing by chance", () => {
  it("takes every question where nothing speaks against it", () => {
    const draw = drawByChance({ ...order, from: 5, chance: () => 1 });
    expect([0, 1, 2, 3].map((i) => draw.question(i))).toEqual([5, 6, 0, 1]);
    expect([draw.next(0), draw.next(4), draw.passedOver()]).toEqual([5, 9, 0]);
  });

  it("passes over what has no chance, and goes on behind it", () => {
    const draw = drawByChance({ ...order, from: 0, chance: (question) => (question % 2 === 0 ? 0 : 1) });
    expect([0, 1, 2, 3].map((i) => draw.question(i))).toEqual([1, 3, 5, 1]);
    // 0 to 8 were looked at: of 0, 2, 4, 6 and 7 (which is 0 again) none was asked.
    expect([draw.next(3), draw.next(4), draw.passedOver()]).toEqual([6, 9, 5]);
  });

  it("asks again, after a round, where nothing has a chance: a run never hangs", () => {
    const draw = drawByChance({ ...order, from: 2, chance: () => 0 });
    expect([draw.question(0), draw.next(1), draw.question(1)]).toEqual([9 % 7, 10, 17 % 7]);
  });

  it("asks a question of chance p in a share p of its turns", () => {
    const draw = drawByChance({ ...order, from: 0, chance: (question) => (question === 3 ? 0.25 : 1) });
    const asked = Array.from({ length: 20_000 }, (_, i) => draw.question(i));
    const turns = draw.next(20_000) / 7;
    expect(asked.filter((question) => question === 3).length / turns).toBeCloseTo(0.25, 1);
  });

  it("resumes: a draw that begins where another ended goes on as the other would have", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(40), fc.integer({ min: 1, max: 40 }), fc.nat(), (from, first, more, seed) => {
        const chance = (question: number): number => question / 7;
        const straight = drawByChance({ ...order, seed, from, chance });
        const all = Array.from({ length: first + more }, (_, i) => straight.question(i));
        const resumed = drawByChance({ ...order, seed, from: straight.next(first), chance });
        expect(Array.from({ length: more }, (_, i) => resumed.question(i))).toEqual(all.slice(first));
        expect(resumed.next(more)).toBe(straight.next(first + more));
      }),
    );
  });
});
