import { expect, it } from "vitest";
import { tokenTexts } from "./token-text.ts";

it("cuts a text of as many words as tokens at its spaces", () => {
  expect(tokenTexts({ ids: [1, 2, 3], text: "<think> find  x" })).toEqual([
    { before: "", text: "<think>" },
    { before: " ", text: "find" },
    { before: "  ", text: "x" },
  ]);
});

it("finds a tokenizer's tokens in the text, with or without their spaces", () => {
  const words = ["un", "do", " it"];
  expect(tokenTexts({ ids: [0, 1, 2], text: "undo it" }, (id) => words[id] ?? "")?.map(({ text }) => text)).toEqual([
    "un",
    "do",
    " it",
  ]);
});

it("is null when tokens and text do not fit", () => {
  expect(tokenTexts({ ids: [1], text: "two words" })).toBeNull();
  expect(tokenTexts({ ids: [1], text: "abc" }, () => "b")).toBeNull();
  expect(tokenTexts({ ids: [1], text: "abc" }, () => "a")).toBeNull();
});
