/** The tokens of a GGUF file, checked: one type a token, no text twice, special ids within them. */
import { AepoError } from "../../std/errors.ts";
import type { Metadata } from "./metadata.ts";

export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface Vocabulary {
  /** By id. */
  readonly tokens: readonly string[];
  /** By id. */
  readonly types: readonly number[];
  /** Id by text; fillers are not in it. */
  readonly ids: ReadonlyMap<string, number>;
  /** Text of a special token by its name in the metadata: `bos`, `eos`, `unknown`, `padding`. */
  readonly special: (name: string) => string | undefined;
}

/** What converters put where the embeddings have rows that no token uses. */
const FILLER = /^\[PAD\d+\]$/;

export function isFiller(token: string, type: number | undefined): boolean {
  return type === TOKEN_TYPES.unused && FILLER.test(token);
}

export function vocabularyOf(metadata: Metadata): Vocabulary {
  const key = "tokenizer.ggml.tokens";
  const tokens = metadata.required(metadata.texts(key), key);
  const types = metadata.numbers("tokenizer.ggml.token_type") ?? tokens.map(() => TOKEN_TYPES.normal);
  if (types.length !== tokens.length) {
    throw new AepoError("policy", `${metadata.source}: ${types.length} token types`, {
      expected: `${tokens.length}, one a token`,
    });
  }
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (isFiller(token, types[id])) continue;
    const other = ids.get(token);
    if (other !== undefined) {
      throw new AepoError("policy", `${metadata.source}: tokens ${other} and ${id} are both ${JSON.stringify(token)}`);
    }
    ids.set(token, id);
  }
  const special = (name: string): string | undefined => {
    const idKey = `tokenizer.ggml.${name}_token_id`;
    const id = metadata.count(idKey);
    if (id === undefined) return undefined;
    if (id < tokens.length) return tokens[id];
    throw new AepoError("policy", `${metadata.source}: "${idKey}" is ${id}`, { expected: `below ${tokens.length}` });
  };
  return { tokens, types, ids, special };
}
