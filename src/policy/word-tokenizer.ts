/**
 * One token a word: text is split on single spaces and every word must be in the vocabulary. Written as a Hugging Face
 * tokenizer.json ("WordLevel", split on spaces), so that the same tokens come out elsewhere.
 */
import { AepoError, messageOf } from "../std/errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Token i is word i. Throws if the vocabulary is empty, repeats a word, or has a word with a space in it. */
export function wordTokenizer(vocabulary: readonly string[]): Tokenizer {
  const words = [...vocabulary];
  const ids = new Map(words.map((word, id) => [word, id]));
  checkVocabulary(words, ids);
  const wordOf = (id: number): string => {
    const word = words[id];
    if (word !== undefined) return word;
    throw new AepoError("policy", `there is no token ${id}`, {
      expected: `an integer from 0 to ${words.length - 1}`,
    });
  };
  const encode = (text: string): number[] =>
    text === "" ? [] : text.split(" ").map((word) => ids.get(word) ?? unknownWord(word, text, words));
  const encoder = new TextEncoder();
  return {
    vocabularySize: words.length,
    encode,
    decode: (tokens) => tokens.map(wordOf).join(" "),
    token: wordOf,
    bytes: (id) => encoder.encode(wordOf(id)),
    stopConditions: (texts) => ({ stop: texts.map(encode), stopTexts: [] }),
    files: () => ({ "tokenizer.json": toJson(words) }),
  };
}

function checkVocabulary(words: readonly string[], ids: ReadonlyMap<string, number>): void {
  if (words.length === 0)
    throw new AepoError("policy", "the vocabulary is empty", {
      expected: "at least one word",
    });
  for (const [id, word] of words.entries()) {
    if (word === "" || /\s/u.test(word)) {
      throw new AepoError("policy", `"${word}" is not a word`, {
        expected: "text without white space",
      });
    }
    if (ids.get(word) !== id) throw new AepoError("policy", `the vocabulary has "${word}" twice`);
  }
}

function unknownWord(word: string, text: string, words: readonly string[]): never {
  if (word === "") {
    throw new AepoError("policy", `the text has two spaces in a row, or one at an end: "${excerpt(text)}"`, {
      expected: "words with one space between them",
    });
  }
  throw new AepoError("policy", `the vocabulary has no word "${word}"`, {
    exists: `${words.length} words (${words.slice(0, 5).join(", ")} …)`,
    fix: "use a word of the vocabulary, or train a policy for a vocabulary that has it",
  });
}

function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function toJson(words: readonly string[]): string {
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: "Split",
      pattern: { String: " " },
      behavior: "Removed",
      invert: false,
    },
    post_processor: null,
    decoder: null,
    // The format wants a word for unknown text; ours has none, so the first word stands in and `encode` here throws.
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      unk_token: words[0],
    },
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** Reads the tokenizer.json that a word tokenizer wrote. Throws on any other kind of tokenizer. */
export function wordTokenizerFromJson(text: string): Tokenizer {
  const vocab = vocabularyOf(text);
  const words: string[] = [];
  for (const [word, id] of Object.entries(vocab)) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= Object.keys(vocab).length) {
      throw new AepoError("policy", `tokenizer.json: the id of "${word}" is ${JSON.stringify(id)}`, {
        expected: "ids from 0 without gaps",
      });
    }
    if (words[id] !== undefined)
      throw new AepoError("policy", `tokenizer.json: "${words[id]}" and "${word}" share id ${id}`);
    words[id] = word;
  }
  return wordTokenizer(words);
}

function vocabularyOf(text: string): object {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("policy", `tokenizer.json is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  const model = fieldOf(json, "model");
  const vocab = fieldOf(model, "vocab");
  const type = fieldOf(model, "type");
  if (type !== "WordLevel" || typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) {
    throw new AepoError("policy", "tokenizer.json: this kind of tokenizer is not implemented", {
      expected: 'a model of type "WordLevel" with a vocabulary',
      exists: `type ${JSON.stringify(type ?? null)}`,
    });
  }
  return vocab;
}

function fieldOf(json: unknown, name: string): unknown {
  return typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>)[name] : undefined;
}
