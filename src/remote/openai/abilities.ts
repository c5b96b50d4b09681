/** What a server can do, as it was found out by asking it. */
import type { ScoreForm } from "./prompt-scores.ts";
import type { ServerModel } from "./server-model.ts";

/** How token ids come back: vLLM's field, tokens named by their ids, or SGLang's own interface. */
export type IdForm = "return_token_ids" | "token_id names" | "generate";

export interface ServerAbilities extends ServerModel {
  /** Null: texts only, so a chat API is all there is. */
  readonly ids: IdForm | null;
  /** Least number of likeliest tokens to ask for with log-probabilities; null: it reports none. */
  readonly leastLogprobs: 0 | 1 | null;
  /** How it scores a prompt; null: not at all. */
  readonly scores: ScoreForm | null;
  /** Whether it gives several continuations of one prompt at once. */
  readonly several: boolean;
  /** Whether the same seed draws the same; null: what was drawn does not show it. */
  readonly seeds: boolean | null;
  /** Why something it was asked for is not there, in the server's words. */
  readonly refusals: readonly string[];
}

/** One line for people. */
export function abilitiesText(found: ServerAbilities): string {
  const { name, kind, ids, leastLogprobs, scores, several, seeds, maxSequenceTokens } = found;
  const yes = (has: boolean | null): string => (has === null ? "unknown" : has ? "yes" : "no");
  return [
    `${name} on ${kind === "other" ? "an unknown server" : kind}`,
    `token ids: ${ids ?? "no"}`,
    `log-probabilities: ${yes(leastLogprobs !== null)}`,
    `of prompts: ${scores ?? "no"}`,
    `several at once: ${yes(several)}`,
    `seeds: ${yes(seeds)}`,
    ...(maxSequenceTokens === null ? [] : [`${maxSequenceTokens} tokens at most`]),
  ].join(", ");
}
