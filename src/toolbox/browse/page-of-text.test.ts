import fc from "fast-check";
import { expect, it } from "vitest";
import { pagesOf } from "./page-of-text.ts";

it("cuts at ends of lines, then at words, then anywhere but inside a character", () => {
  expect(pagesOf("", 10)).toEqual([""]);
  expect(pagesOf("0123456789", 10)).toEqual(["0123456789"]);
  expect(pagesOf("01234567\n9012", 10)).toEqual(["01234567\n", "9012"]);
  expect(pagesOf("012345678 9012", 10)).toEqual(["012345678 ", "9012"]);
  expect(pagesOf("0\n234567890", 10)).toEqual(["0\n23456789", "0"]);
  expect(pagesOf("012345678😀0", 10)).toEqual(["012345678", "😀0"]);
});

it("loses nothing, and no page is too long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 10, max: 50 }), (text, size) => {
      const pages = pagesOf(text, size);
      expect(pages.join("")).toBe(text);
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(size);
    }),
  );
});
