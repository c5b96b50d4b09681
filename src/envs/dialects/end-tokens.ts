/** The special tokens of a dialect as ids of a tokenizer. */
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { AepoError } from "../../std/errors.ts";
import type { Dialect } from "./dialect.ts";

/** Ids of the tokens that end a turn, those that the tokenizer has. Throws if it lacks the first, or one that is inserted. */
export function endTokens(dialect: Dialect, { specialTokens = new Map() }: Tokenizer): readonly number[] {
  const { endTokens: texts = [] } = dialect;
  const inserted = [dialect.result("", true), dialect.result("", false)].flatMap((text) =>
    typeof text === "string" ? [] : text.flatMap((part) => ("special" in part ? [part.special] : [])),
  );
  const missing = [...new Set([...texts.slice(0, 1), ...inserted])].filter((text) => !specialTokens.has(text));
  if (missing.length === 0) return texts.flatMap((text) => specialTokens.get(text) ?? []);
  throw new AepoError("config", `the dialect "${dialect.name}" needs special tokens that the tokenizer does not have`, {
    expected: missing.join(", "),
    exists: [...specialTokens.keys()].slice(0, 8).join(", ") || "no special tokens",
    fix: "use the dialect that the model was trained on, or the paper's tags",
  });
}
