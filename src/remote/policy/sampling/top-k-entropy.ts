/**
 * AEPO-H4: entropies from the K likeliest tokens and one bucket for the rest. A protocol that reports them for prompts alone is
 * asked a second time, with what it drew as the prompt.
 */
import type { RemoteSampler } from "../../client/tinker-client.ts";
import type { TokenLogprob } from "../../../policy/policy.ts";

export interface TopTokens {
  /** One list a token, likeliest first, K long at most. */
  readonly top: readonly (readonly TokenLogprob[])[];
  readonly entropies: readonly number[];
  /** Probability outside the K, one a token. */
  readonly lumped: readonly number[];
}

export interface EntropyEstimateOf {
  readonly entropy: number;
  readonly lumped: number;
}

/** Nats. A token that is not among the K largest, appended because it was drawn, is left out. */
export function topKEntropy(likely: readonly TokenLogprob[], k: number): EntropyEstimateOf {
  const logprobs = largest(likely, k).map(({ logprob }) => logprob);
  const mass = logprobs.reduce((sum, logprob) => sum + Math.exp(logprob), 0);
  const lumped = Math.max(0, 1 - mass);
  const known = logprobs.reduce((sum, logprob) => sum - Math.exp(logprob) * logprob, 0);
  return { entropy: known - (lumped > 0 ? lumped * Math.log(lumped) : 0), lumped };
}

/** Likeliest first, lower ids first among equals. */
export function largest(likely: readonly TokenLogprob[], k: number): TokenLogprob[] {
  return likely.toSorted((a, b) => b.logprob - a.logprob || a.id - b.id).slice(0, k);
}

/** Of the last `count` tokens of `ids`; null where the server gave none. */
export async function topTokens(
  sampler: Pick<RemoteSampler, "sample">,
  { ids, count, k }: { readonly ids: readonly number[]; readonly count: number; readonly k: number },
  options: { readonly signal: AbortSignal; readonly tree?: string },
): Promise<TopTokens | null> {
  const params = { maxTokens: 1, temperature: 1, seed: 0, stop: [] as readonly number[] };
  const { topPromptLogprobs } = await sampler.sample({ prompt: ids, count: 1, params, topPromptLogprobs: k }, options);
  const of = topPromptLogprobs?.slice(ids.length - count) ?? [];
  const top = of.flatMap((likely) => (likely === null || likely.length === 0 ? [] : [largest(likely, k)]));
  if (top.length !== count) return null;
  const estimates = top.map((likely) => topKEntropy(likely, k));
  return {
    top,
    entropies: estimates.map(({ entropy }) => entropy),
    lumped: estimates.map(({ lumped }) => lumped),
  };
}
