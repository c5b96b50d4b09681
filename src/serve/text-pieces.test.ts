import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import { byteTokenizer } from "./testing/byte-tokenizer.ts";
import { TextPieces } from "./text-pieces.ts";

const bytes = byteTokenizer();

/** The pieces of tokens dealt out in groups of `sizes`, the last group as the end. */
function pieces(tokenizer: Parameters<typeof deal>[0], ids: readonly number[], sizes: readonly number[]): string[] {
  return deal(tokenizer, ids, sizes, [], undefined).texts;
}

function deal(
  tokenizer: ConstructorParameters<typeof TextPieces>[0],
  ids: readonly number[],
  sizes: readonly number[],
  stops: readonly string[],
  stopped: Parameters<TextPieces["end"]>[1],
  kept: readonly string[] = [],
): { texts: string[]; tokens: number[]; offsets: number[] } {
  const reader = new TextPieces(tokenizer, { stops, keptStops: kept });
  const found = { texts: [] as string[], tokens: [] as number[], offsets: [] as number[] };
  let at = 0;
  for (let i = 0; at < ids.length || i === 0; i++) {
    const some = ids.slice(at, at + (sizes[i % sizes.length] ?? 1));
    at += some.length;
    const drawn = { ids: some, logprobs: some.map(() => -1) };
    const piece = at < ids.length ? reader.push(drawn) : reader.end(drawn, stopped);
    found.texts.push(piece.text);
    found.tokens.push(...piece.tokens.map(({ id }) => id));
    found.offsets.push(...piece.tokens.map(({ offset }) => offset));
  }
  return found;
}

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });

describe("text in pieces", () => {
  it("is the whole text however tokens are dealt, whatever bytes they are", () => {
    const anyIds = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(anyIds, sizes, (ids, sizes) => {
        expect(pieces(bytes, ids, sizes).join("")).toBe(bytes.decode(ids));
      }),
    );
  });

  it("shows no half of a character", () => {
    expect(pieces(bytes, bytes.encode("aé€😀"), [1])).toEqual(["a", "", "é", "", "", "€", "", "", "", "😀"]);
  });

  it("shows a stop text that is kept, and nothing of what its token holds behind it", () => {
    const ids = bytes.encode("a </s>the");
    expect(deal(bytes, ids, [1], [], { text: "</s>t" }, ["</s>t"]).texts.join("")).toBe("a </s>t");
    expect(deal(bytes, ids, [1], ["</s>t"], { text: "</s>t" }, ["</s>t"]).texts.join("")).toBe("a ");
  });

  it("holds back what may become a stop text, and never shows it", () => {
    const ids = bytes.encode("one </a</ans> rest");
    const cut = bytes.encode("one </a</ans>");
    expect(deal(bytes, cut, [1], ["</ans>"], { text: "</ans>" }).texts.join("|")).toBe("o|n|e| ||||</a|||||");
    expect(pieces(bytes, ids, [3]).join("")).toBe("one </a</ans> rest");
    const { texts, tokens } = deal(bytes, bytes.encode("one </an"), [1], ["</ans>"], undefined);
    expect(texts.at(-1)).toBe("</an");
    expect(tokens).toHaveLength(8);
  });

  it("tokens are told with the text they begin in, those of a stop text not at all", () => {
    const cut = bytes.encode("the é</ans>");
    const { tokens, offsets } = deal(bytes, cut, [2], ["</ans>"], { text: "</ans>" });
    expect(tokens.map((id) => bytes.bytes(id).length)).toEqual([3, 1, 1, 1]);
    expect(offsets).toEqual([0, 3, 4, 5]);
  });

  it("special tokens are no text, the end token no token of the answer", () => {
    const end = bytes.endOfTurn[0] ?? -1;
    const { texts, tokens } = deal(bytes, [...bytes.encode("hi"), end], [1], [], { ids: [end] });
    expect(texts.join("")).toBe("hi");
    expect(tokens).toHaveLength(2);
  });

  it("words have spaces between them, and a stop word is not shown", () => {
    const words = wordTokenizer("a b <x> </x> </y>".split(" "));
    const ids = words.encode("<x> a b </x> </y>");
    fc.assert(
      fc.property(sizes, (sizes) => {
        expect(pieces(words, ids, sizes).join("")).toBe("<x> a b </x> </y>");
        const stopped = { ids: words.encode("</x> </y>") };
        expect(deal(words, ids, sizes, ["</x> </y>"], stopped).texts.join("")).toBe("<x> a b");
      }),
    );
  });
});
