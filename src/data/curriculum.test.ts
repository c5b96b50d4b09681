import { describe, expect, it } from "vitest";
import { curriculum, type CurriculumOptions, curriculumSchema } from "./curriculum.ts";

const of = (options: Partial<CurriculumOptions> = {}) => curriculum(curriculumSchema.parse(options));

describe("a curriculum", () => {
  it("asks everything until it was tried often enough", () => {
    const { initial, observe, weight } = of();
    expect(weight(initial(), "a")).toBe(1);
    expect(weight(observe(initial(), "a", 7, 7), "a")).toBe(1);
    expect(weight(observe(initial(), "a", 8, 8), "a")).toBe(0);
  });

  it("drops what is always solved, asks less of what never is, all of what lies between", () => {
    const { initial, observeAll, weight } = of();
    const state = observeAll(initial(), [
      { question: "easy", solved: 8, of: 8 },
      { question: "hard", solved: 0, of: 8 },
      { question: "fair", solved: 1, of: 8 },
    ]);
    expect(["easy", "hard", "fair", "new"].map((id) => weight(state, id))).toEqual([0, 0.25, 1, 1]);
  });

  it("counts as always and never what the recipe says", () => {
    const { initial, observeAll, weight } = of({ easy: 0.75, hard: 0.25, always: 0.5, never: 0, after: 4 });
    const state = observeAll(initial(), [
      { question: "easy", solved: 3, of: 4 },
      { question: "hard", solved: 1, of: 4 },
      { question: "fair", solved: 2, of: 4 },
    ]);
    expect(["easy", "hard", "fair"].map((id) => weight(state, id))).toEqual([0.5, 0, 1]);
  });

  it("forgets: a question that is no longer solved comes back", () => {
    const { initial, observe, weight } = of({ memory: 0.5, easy: 0.9 });
    const solved = observe(initial(), "a", 16, 16);
    expect(weight(solved, "a")).toBe(0);
    // (16·½ + 4) of (16·½ + 8) tries: a rate of ¾.
    const later = observe(solved, "a", 4, 8);
    expect(later.get("a")).toEqual({ solved: 12, of: 16 });
    expect(weight(later, "a")).toBe(1);
  });

  it("keeps every state as it was", () => {
    const { initial, observe } = of();
    const first = observe(initial(), "a", 1, 8);
    observe(first, "a", 8, 8);
    expect(first.get("a")).toEqual({ solved: 1, of: 8 });
    expect(observe(first, "b", 0, 0)).toEqual(first);
  });

  it("comes back from JSON as it went in", () => {
    const { initial, observe, toJson, fromJson } = of({ memory: 1 / 3 });
    let state = initial();
    for (let i = 0; i < 50; i++) state = observe(state, `__proto__${i % 7}`, i % 5, 8);
    const text = JSON.stringify(toJson(state));
    expect(fromJson(JSON.parse(text))).toEqual(state);
    expect(JSON.stringify(toJson(fromJson(JSON.parse(text))))).toBe(text);
  });

  it.each([[null], [[]], [{ a: 1 }], [{ a: [1] }], [{ a: [2, 1] }], [{ a: [-1, 1] }], [{ a: [0, 0] }]])(
    "refuses %j",
    (json) => {
      expect(() => of().fromJson(json)).toThrow(
        "the curriculum's state is damaged\n  expected: solved and tries by question id",
      );
    },
  );

  it("refuses more solved than tried", () => {
    expect(() => of().observe(new Map(), "a", 9, 8)).toThrow("9 of 8 tries of a solved");
  });

  it("refuses bounds that contradict each other", () => {
    expect(curriculumSchema.safeParse({ easy: 0.3, hard: 0.5 }).error?.issues).toMatchObject([
      { path: ["hard"], message: "must be below easy (0.3)" },
    ]);
  });
});
