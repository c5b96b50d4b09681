import { describe, expect, it } from "vitest";
import { choicePart } from "./choice-part.ts";
import { pathOf, questionOf } from "./testing/paths.ts";

const prompt = "Which city?\nA. Paris\n(B) Rome\nC) New York\nD. Rome is not it";
const score = (gold: string, answer: string, text = prompt, data?: unknown): unknown =>
  choicePart().score(questionOf([gold], { prompt: text, data }), pathOf(answer));

describe("multiple choice", () => {
  it.each([
    "B",
    "b",
    "(B)",
    "B.",
    "B)",
    "[B]",
    "\\boxed{B}",
    "$\\boxed{\\text{(B)}}$",
    "**B**",
    "Option B",
    "The answer is B.",
    "The correct answer is (B).",
    "B. Rome",
    "(B) Rome",
    "Rome",
    "rome.",
    "\\boxed{\\text{Rome}}",
    "It is the old capital, so the answer is (B).",
    "I think (A) is wrong. \\boxed{B}",
  ])("%s chooses B", (answer) => {
    expect(score("B", answer)).toBe(1);
    expect(score("Rome", answer)).toBe(1);
    expect(score("A", answer)).toBe(0);
  });

  it.each([
    "",
    "A or B",
    "A, B",
    "(A) or (B)",
    "Either (A) or (B)",
    "B. Paris",
    "The answer is A. The answer is B.",
    "A B C D",
    "AB",
    "\\boxed{A, B}",
    "E",
    "Because",
    "Rome or Paris",
    "ABCD",
    "I am Bored",
    "\\boxed{A} and option B, that is \\boxed{A,B}",
  ])("%s chooses nothing that is right", (answer) => {
    expect(score("B", answer)).toBe(0);
  });

  it("several are right only together, in any order", () => {
    for (const answer of ["A, C", "C and A", "AC", "(A), (C)", "\\boxed{A,C}"]) expect(score("A, C", answer)).toBe(1);
    for (const answer of ["A", "A, B, C", "C, B"]) expect(score("A,C", answer)).toBe(0);
  });

  it("choices may be the question's data, and may be unknown", () => {
    expect(score("B", "Rome", "?", { choices: ["Paris", "Rome"] })).toBe(1);
    expect(score("B", "Rome", "?", { choices: { A: "Paris", B: "Rome" } })).toBe(1);
    expect(score("B", "B. Rome", "?")).toBe(1);
    expect(score("Rome", "the Rome!", "?")).toBe(1);
    expect(score("B", "Rome", "?")).toBe(0);
  });

  it("no answer is wrong, and a megabyte is read quickly", () => {
    expect(choicePart().score(questionOf(["B"]), pathOf(null))).toBe(0);
    for (const piece of ["(A", "\\boxed{", "A. ", "answer is ", "\n"])
      expect(score("B", piece.repeat(300_000))).toBe(0);
  });
});
