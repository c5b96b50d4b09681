import { expect, it } from "vitest";
import { compare } from "./compare-json.ts";

it("counts numbers and finds the largest difference, relative above 1", () => {
  expect(compare({ a: [1, 2.5, { b: 200 }], c: "x" }, { a: [1, 2.5, { b: 100 }], c: "x" })).toEqual({
    numbers: 3,
    worst: 1,
  });
  expect(compare([0.25], [0.5])).toEqual({ numbers: 1, worst: 0.25 });
});

it("a number that is missing, text that differs and another shape are no small difference", () => {
  for (const [found, expected] of [
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    ["x", "y"],
    [1, "1"],
    [null, 0],
    [{}, null],
  ]) {
    expect(compare(found, expected).worst).toBe(Number.POSITIVE_INFINITY);
  }
});
