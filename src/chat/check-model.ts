/** The BPE model of a tokenizer.json: what is not implemented, and merges of tokens that are none, are refused by name. */
import type { Json, JsonObject } from "../std/json.ts";
import { isObject, refused } from "./token-bytes.ts";

/** Throws on the first field that is wrong. The type and the vocabulary are those that `tokenBytes` accepts. */
export function checkModel(tokenizer: JsonObject): void {
  const model = tokenizer["model"];
  if (!isObject(model) || Array.isArray(model["vocab"])) return;
  for (const field of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = model[field] ?? null;
    if (value !== null && value !== "" && value !== 0) throw refused(`model.${field}`, "none", value);
  }
  const { merges } = model;
  if (!Array.isArray(merges)) throw refused("model.merges", "a list of pairs", merges);
  const vocab = model["vocab"] as JsonObject;
  for (const [i, merge] of (merges as readonly Json[]).entries()) {
    const pair: readonly Json[] = Array.isArray(merge) ? merge : typeof merge === "string" ? merge.split(" ") : [];
    const [left, right] = pair;
    const isKnown =
      pair.length === 2 &&
      typeof left === "string" &&
      typeof right === "string" &&
      [left, right, left + right].every((token) => Object.hasOwn(vocab, token));
    if (!isKnown) throw refused(`model.merges[${i}]`, "two tokens of the vocabulary that make a third", merge);
  }
}
