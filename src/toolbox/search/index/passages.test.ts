import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passagesOf } from "./passages.ts";
import { snippetOf } from "./snippet.ts";

const HALF = /\p{Cs}/u;

describe("passages", () => {
  it("end where a paragraph, a sentence or a word ends", () => {
    const passages = (text: string): string[] => [...passagesOf(text, 20)];
    expect(passages("One two three.\n\nFour five six seven.")).toEqual(["One two three.", "Four five six seven."]);
    expect(passages("One two three. Four five six.")).toEqual(["One two three.", "Four five six."]);
    expect(passages("one two three four five six")).toEqual(["one two three four", "five six"]);
    expect(passages("x".repeat(45))).toEqual(["x".repeat(20), "x".repeat(20), "x".repeat(5)]);
    expect(passages(" \n ")).toEqual([]);
  });

  it("lose nothing but white space, are short, and split no character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "bc", ". ", "\n\n", " ", "😀", "。"), maxLength: 300 }),
        fc.integer({ min: 2, max: 40 }),
        (text, longest) => {
          const passages = [...passagesOf(text, longest)];
          expect(passages.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
          for (const passage of passages) {
            expect(passage.length).toBeLessThanOrEqual(longest);
            expect(HALF.test(passage)).toBe(false);
          }
        },
      ),
    );
  });
});

describe("a snippet", () => {
  const text = `${"filler words here. ".repeat(20)}The director of Titanic is James Cameron. ${"more of it. ".repeat(20)}`;

  it("is the whole passage, or the part with the words of the query", () => {
    expect(snippetOf("short", "query", 20)).toBe("short");
    const snippet = snippetOf(text, "who directed titanic: cameron?", 80);
    expect(snippet).toContain("Titanic is James Cameron");
    expect(snippet.length).toBeLessThanOrEqual(80);
    expect(snippet).toMatch(/^….*…$/);
    expect(snippetOf(text, "nothing else", 50)).toMatch(/^filler words.*…$/);
  });

  it("is never longer than asked, for any text and query", () => {
    const some = fc.string({ unit: fc.constantFrom("cat ", "dogs ", "😀", "film. ", "北京"), maxLength: 60 });
    fc.assert(
      fc.property(some, some, fc.integer({ min: 20, max: 60 }), (text, query, length) => {
        const snippet = snippetOf(text, query, length);
        expect(snippet.length).toBeLessThanOrEqual(length);
        expect(HALF.test(snippet)).toBe(false);
      }),
    );
  });
});
