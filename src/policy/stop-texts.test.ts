import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StopTexts } from "./stop-texts.ts";

/** Tokens are pieces of bytes; returns after how many of them a text was found, or null. */
function foundAfter(texts: readonly string[], pieces: readonly Uint8Array[]): number | null {
  const stops = new StopTexts(texts, (id) => pieces[id] ?? new Uint8Array());
  const at = pieces.findIndex((_, id) => stops.push(id) !== null);
  return at < 0 ? null : at + 1;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("stop texts", () => {
  it.each([
    ["in one token, with more behind it", ["</a>"], ["x", "</a>\n"], 2],
    ["across three", ["</a>"], ["x<", "/", "a>"], 3],
    ["the one that ends first", ["abc", "b"], ["a", "b", "c"], 2],
    ["a text of one character", ["c"], ["ab", "c"], 2],
    ["none", ["</b>"], ["</a>", "</"], null],
  ] as const)("are found: %s", (_, texts, pieces, expected) => {
    expect(foundAfter(texts, pieces.map(encode))).toBe(expected);
  });

  it.each([
    [["bcd", "c", "abc"], "xabcd", "c"],
    [["bc", "abc"], "xabcd", "bc"],
    [["d", "é"], "é d", "é"],
  ])("of %j the one that ends first in %j is %j", (texts, token, expected) => {
    expect(new StopTexts(texts, () => encode(token)).push(0)).toBe(expected);
  });

  it("are found where a search in the whole text finds them, however bytes are cut into tokens", () => {
    const alphabet = fc.string({ unit: fc.constantFrom("a", "b", "é", "🚀"), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(alphabet, { minLength: 1, maxLength: 3 }),
        fc.string({ unit: fc.constantFrom("a", "b", "é", "🚀"), maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 90, maxLength: 90 }),
        (texts, text, sizes) => {
          const bytes = encode(text);
          const pieces: Uint8Array[] = [];
          for (let at = 0; at < bytes.length; at += sizes[pieces.length - 1] ?? 1) {
            pieces.push(bytes.subarray(at, at + (sizes[pieces.length] ?? 1)));
          }
          const ends = texts.flatMap((stop) => {
            const at = text.indexOf(stop);
            return at < 0 ? [] : [encode(text.slice(0, at)).length + encode(stop).length];
          });
          const end = Math.min(...ends);
          let [total, expected] = [0, null as number | null];
          for (const [i, piece] of pieces.entries()) {
            total += piece.length;
            if (expected === null && total >= end) expected = i + 1;
          }
          expect(foundAfter(texts, pieces)).toBe(expected);
        },
      ),
    );
  });
});
