/** What a model can be asked for. Servers do not always check it: they answer NaN, cut, or wait for ever. */
import { AepoError } from "../std/errors.ts";
import type { Ids } from "./in-memory.ts";

export interface ModelLimits {
  readonly vocabularySize: number;
  /** Longest sequence, prompt and continuation together. */
  readonly maxSequenceTokens: number;
}

/** Random numbers of a server are seeded with 32 bits. */
export const SMALLEST_SEED = -(2 ** 31);
export const LARGEST_SEED = 2 ** 31 - 1;

/** `where`: "datum 3: target_tokens". */
export function checkTokenIds(ids: Ids, { vocabularySize }: ModelLimits, where: string): void {
  for (const [position, id] of ids.entries()) {
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) continue;
    throw new AepoError("policy", `${where}: token ${position} is ${id}`, {
      expected: `an integer from 0 to ${vocabularySize - 1}, the vocabulary of the model`,
    });
  }
}

export function checkInteger(value: number, name: string, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new AepoError("policy", `${name} is ${value}`, { expected: `an integer ${range}` });
}
