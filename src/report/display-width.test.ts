import { expect, it } from "vitest";
import { displayWidth, wrapPieces } from "./display-width.ts";

it("counts columns: wide signs two, marks none", () => {
  expect(displayWidth("ab")).toBe(2);
  expect(displayWidth("日本")).toBe(4);
  expect(displayWidth("e\u0301")).toBe(1);
});

it("wraps at spaces, breaks long words and keeps line feeds", () => {
  expect(wrapPieces([{ text: "one two " }, { text: "three" }], 8)).toEqual(["one two", "three"]);
  expect(wrapPieces([{ text: "abcdefghij" }], 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(wrapPieces([{ text: "a\nb" }], 10)).toEqual(["a", "b"]);
  expect(wrapPieces([{ text: "x", paint: (text) => `<${text}>` }, { text: " y" }], 3)).toEqual(["<x> y"]);
});
