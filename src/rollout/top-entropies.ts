/** What the released code takes for the entropy of a token: only the most likely tokens and the sampled one count. */
import type { Sample } from "../policy/policy.ts";

/** −Σ p ln p at each token, nats. The mass that is left out counts for nothing. */
export function topEntropies({ ids, logprobs, top }: Required<Pick<Sample, "ids" | "logprobs" | "top">>): number[] {
  return ids.map((id, i) => {
    const likely = top[i] ?? [];
    const listed = likely.some((entry) => entry.id === id);
    const all = [...likely.map(({ logprob }) => logprob), ...(listed ? [] : [logprobs[i] ?? 0])];
    // p ln p goes to 0 with p.
    return all.reduce(
      (sum, logprob) => (logprob === Number.NEGATIVE_INFINITY ? sum : sum - Math.exp(logprob) * logprob),
      0,
    );
  });
}
