import { describe, expect, it } from "vitest";
import type { Json } from "../../std/json.ts";
import { PRE_TOKENIZERS, preTokenizerJson, recognisedPreTokenizer } from "./pre-tokenizers.ts";

const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

describe("pre-tokenizers", () => {
  it("are recognised in what tokenizer.json says of them, and no name means two", () => {
    for (const known of PRE_TOKENIZERS) {
      const normalizer = known.composed ? { type: "NFC" } : null;
      expect(recognisedPreTokenizer(preTokenizerJson(known), normalizer, known.ignoreMerges)).toBe(known);
    }
    const names = PRE_TOKENIZERS.flatMap((known) => known.names);
    expect(new Set(names).size).toBe(names.length);
  });

  it("are recognised as SmolLM2 and GPT-2 write them", () => {
    const digits = { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, bytes] };
    expect(recognisedPreTokenizer(digits, null, false)?.names[0]).toBe("smollm");
    expect(recognisedPreTokenizer(bytes, { type: "Sequence", normalizers: [] }, false)?.names[0]).toBe("gpt-2");
  });

  it.each<[string, Json, Json]>([
    ["nothing", null, null],
    ["a space before the text", { ...bytes, add_prefix_space: true }, null],
    [
      "groups of digits",
      { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: false }, bytes] },
      null,
    ],
    ["lower case", bytes, { type: "Lowercase" }],
    ["removed matches", { type: "Split", pattern: { Regex: "\\p{N}" }, behavior: "Removed", invert: false }, null],
    ["words", { type: "WhitespaceSplit" }, null],
  ])("%s is none of them", (_, preTokenizer, normalizer) => {
    expect(recognisedPreTokenizer(preTokenizer, normalizer, false)).toBeUndefined();
  });
});
