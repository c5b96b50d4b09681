/**
 * How continuations of token ids are asked for and told: what goes in and comes out, whatever the server's form of it. The
 * forms are OpenAI's completions with vLLM's `return_token_ids`, the same with tokens named by their ids, and SGLang's own.
 */
import type { TokenLogprob } from "../../policy/policy.ts";
import type { Shaping } from "../../policy/shaping.ts";

export interface TokenRequest {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly temperature: number;
  readonly shaping: Shaping;
  readonly seed: number;
  readonly stopTokens: readonly number[];
  readonly stopTexts: readonly string[];
  readonly topLogprobs: number;
}

export interface TokenAnswer {
  readonly ids: readonly number[];
  /** One a token; NaN where the server does not tell. */
  readonly logprobs: readonly number[];
  /** One list a token, most likely first; null: not told. */
  readonly top: readonly (readonly TokenLogprob[])[] | null;
  /** Prompt tokens that the server had cached; null: it does not say. */
  readonly cached: number | null;
}

/** Which model is asked, and how. */
export interface Addressee {
  readonly model: string;
  /** Of the model: the adapter's name on the server. */
  readonly adapter: string | null;
  /** Isolates what the server caches for us. */
  readonly cacheSalt: string | null;
}

/** The log-probability a token can have, rounding allowed for. */
export function isLogprob(value: unknown): value is number {
  return typeof value === "number" && value <= 1e-3;
}

/** Servers tell a token that stopped a continuation, and some then leave it out of the tokens. */
export function withStopToken(answer: TokenAnswer, told: unknown, stopTokens: readonly number[]): TokenAnswer {
  const missing = typeof told === "number" && stopTokens.includes(told) && answer.ids.at(-1) !== told;
  if (!missing) return answer;
  const { ids, logprobs, top } = answer;
  return {
    ...answer,
    ids: [...ids, told],
    logprobs: [...logprobs, Number.NaN],
    top: top === null ? null : [...top, []],
  };
}
