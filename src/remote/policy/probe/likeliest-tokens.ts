/** Whether a server reports the likeliest tokens of a prompt, which is what entropies are estimated from (AEPO-H4). */
import { AepoError } from "../../../std/errors.ts";
import { TinkerFailure } from "../../client/failure.ts";
import type { RemotePolicyOptions } from "../options.ts";
import { topTokens } from "../sampling/top-k-entropy.ts";
import { probeSequence } from "./probe-datums.ts";

/** What hosted and vLLM's default offer at most. */
const K = 20;

/** K, or null for surprisal. Rejects if top-K was asked for and is not offered. */
export async function topKOffered(options: RemotePolicyOptions): Promise<number | null> {
  const { entropy = "auto", limits } = options;
  if (entropy === "surprisal") return null;
  const k = Math.min(K, limits.vocabularySize);
  const refusal = await refusalOf(options, k);
  if (refusal === null) return k;
  if (entropy === "auto") return null;
  throw new AepoError("config", "policy.entropy: topK, and the server does not report the likeliest tokens", {
    exists: refusal,
    fix: "set policy.entropy to surprisal (enough to decide where to branch; the entropy-aware advantage needs more: set algorithm.advantage.entropyWeight to 0)",
  });
}

async function refusalOf(
  { client, baseModel, limits, signal }: RemotePolicyOptions,
  k: number,
): Promise<string | null> {
  const sampler = await client.createSampler({ baseModel, limits }, signal);
  const { tokens } = probeSequence(limits);
  try {
    const call = { signal: signal ?? new AbortController().signal };
    const found = await topTokens(sampler, { ids: tokens, count: tokens.length - 1, k }, call);
    return found === null ? "an answer without them" : null;
  } catch (thrown) {
    if (thrown instanceof TinkerFailure && (thrown.reason === "invalid" || thrown.reason === "failed"))
      return thrown.message;
    throw thrown;
  }
}
