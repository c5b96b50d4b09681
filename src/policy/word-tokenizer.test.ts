import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordTokenizer, wordTokenizerFromJson } from "./word-tokenizer.ts";

const WORDS = ["<q>", "?", "Anna", "'s", "12", "__proto__"];

describe("wordTokenizer", () => {
  it("gives every sequence of words back", () => {
    const tokenizer = wordTokenizer(WORDS);
    fc.assert(
      fc.property(fc.array(fc.nat(WORDS.length - 1)), (ids) => {
        expect(tokenizer.encode(tokenizer.decode(ids))).toEqual(ids);
      }),
    );
    expect(tokenizer.encode("Anna 's 12 ?")).toEqual([2, 3, 4, 1]);
    expect(tokenizer.token(0)).toBe("<q>");
    expect(tokenizer.vocabularySize).toBe(6);
  });

  it("names an unknown word", () => {
    expect(() => wordTokenizer(WORDS).encode("Anna meets ?")).toThrow(
      'the vocabulary has no word "meets"\n  found: 6 words (<q>, ?, Anna, \'s, 12 …)\n  to fix: use a word of the vocabulary, or train a policy for a vocabulary that has it',
    );
  });

  it.each([
    [
      "Anna  ?",
      'the text has two spaces in a row, or one at an end: "Anna  ?"\n  expected: words with one space between them',
    ],
    [
      " Anna",
      'the text has two spaces in a row, or one at an end: " Anna"\n  expected: words with one space between them',
    ],
  ])("refuses %j", (text, message) => {
    expect(() => wordTokenizer(WORDS).encode(text)).toThrow(message);
  });

  it.each([
    [[], "the vocabulary is empty\n  expected: at least one word"],
    [["a", "a"], 'the vocabulary has "a" twice'],
    [["a b"], '"a b" is not a word\n  expected: text without white space'],
    [[""], '"" is not a word\n  expected: text without white space'],
  ])("refuses the vocabulary %j", (words, message) => {
    expect(() => wordTokenizer(words)).toThrow(message);
  });

  it("refuses an id it has not", () => {
    expect(() => wordTokenizer(WORDS).decode([6])).toThrow("there is no token 6\n  expected: an integer from 0 to 5");
  });
});

describe("wordTokenizerFromJson", () => {
  it("reads what was written", () => {
    const again = wordTokenizerFromJson(wordTokenizer(WORDS).files()["tokenizer.json"] ?? "");
    expect(WORDS.map((_, id) => again.token(id))).toEqual(WORDS);
  });

  it("is in Hugging Face's WordLevel form", () => {
    const json = JSON.parse(wordTokenizer(["a", "b"]).files()["tokenizer.json"] ?? "") as {
      model: unknown;
      pre_tokenizer: unknown;
    };
    expect(json.model).toEqual({
      type: "WordLevel",
      vocab: { a: 0, b: 1 },
      unk_token: "a",
    });
    expect(json.pre_tokenizer).toEqual({
      type: "Split",
      pattern: { String: " " },
      behavior: "Removed",
      invert: false,
    });
  });

  it.each([
    [
      '{"model":{"type":"BPE","vocab":{}}}',
      'this kind of tokenizer is not implemented\n  expected: a model of type "WordLevel" with a vocabulary\n  found: type "BPE"',
    ],
    ['{"model":{"type":"WordLevel","vocab":{"a":1}}}', 'the id of "a" is 1\n  expected: ids from 0 without gaps'],
    ['{"model":{"type":"WordLevel","vocab":{"a":0,"b":0}}}', '"a" and "b" share id 0'],
    [
      "[]",
      'this kind of tokenizer is not implemented\n  expected: a model of type "WordLevel" with a vocabulary\n  found: type null',
    ],
  ])("refuses %s", (text, message) => {
    expect(() => wordTokenizerFromJson(text)).toThrow(`tokenizer.json: ${message}`);
  });

  it("refuses what is not JSON", () => {
    expect(() => wordTokenizerFromJson("{")).toThrow(/^tokenizer\.json is not JSON: /u);
  });
});
