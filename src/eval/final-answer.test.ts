import { expect, it } from "vitest";
import { lastBoxed } from "../data/boxed.ts";
import { finalAnswer } from "./final-answer.ts";

it.each([
  ["Paris", "Paris"],
  [" Paris \n", "Paris"],
  ["So \\boxed{6}, no: \\boxed{7}.", "7"],
  ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
  ["\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"],
  ["\\boxed {7}", "7"],
  ["\\boxed{6} and then \\boxed{7", "6"],
  ["<answer> Paris </answer>", "Paris"],
  ["<answer>Rome</answer> or <answer>Paris</answer>", "Paris"],
  ["<answer> \\boxed{Paris} </answer>", "Paris"],
  ["\\boxed{Rome} <answer> Paris </answer>", "Paris"],
  ["<answer>Paris", "Paris"],
  ["", null],
  ["<answer> </answer>", null],
  ["\\boxed{ }", null],
])("%j gives %j", (turn, answer) => {
  expect(finalAnswer(turn)).toBe(answer);
});

it("text that never closes is read in no time", () => {
  const hostile = "\\boxed{".repeat(2000);
  expect(lastBoxed(hostile)).toBeNull();
  expect(finalAnswer(`${"<answer>".repeat(20_000)}x`)).toBe("x");
});
