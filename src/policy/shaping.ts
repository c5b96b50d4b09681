/**
 * Cutting the distribution that is drawn from, as users of transformers and vLLM know it. For evaluation, chat and serving:
 * training draws from the full distribution (AEPO-H1). What is reported of a draw is never of the cut distribution.
 */
import { z } from "zod";

export const shapingSchema = z.strictObject({
  topP: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      "Draw from the fewest most likely tokens whose probabilities sum to at least this (default 1: from all).",
    ),
  topK: z
    .int()
    .nonnegative()
    .optional()
    .describe("Draw from this many most likely tokens and those tied with the last of them (default 0: from all)."),
  minP: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("Draw from tokens with at least this share of the largest probability (default 0: from all)."),
  repetitionPenalty: z
    .number()
    .positive()
    .optional()
    .describe(
      "Logits of tokens of prompt and continuation are divided by this, multiplied where negative (default 1).",
    ),
});
export type Shaping = z.output<typeof shapingSchema>;

/** Every part of a shaping, those not asked for at the value that changes nothing. */
export type WholeShaping = { readonly [Part in keyof Required<Shaping>]: number };

/** Null where a draw at this temperature is that of the full distribution: greedy draws know the penalty alone. */
export function wholeShaping(shaping: Shaping | undefined, temperature: number): WholeShaping | null {
  const { topP = 1, topK = 0, minP = 0, repetitionPenalty = 1 } = shaping ?? {};
  const cuts = temperature > 0 && (topP < 1 || topK > 0 || minP > 0);
  return cuts || repetitionPenalty !== 1 ? { topP, topK, minP, repetitionPenalty } : null;
}

/** "top-p 0.9, top-k 20", for people; empty if nothing is shaped. */
export function shapingWords({ topP, topK, minP, repetitionPenalty }: Shaping): string {
  const parts = [
    ["top-p", topP, 1],
    ["top-k", topK, 0],
    ["min-p", minP, 0],
    ["repetition penalty", repetitionPenalty, 1],
  ] as const;
  return parts.flatMap(([name, x, none]) => (x === undefined || x === none ? [] : [`${name} ${x}`])).join(", ");
}
