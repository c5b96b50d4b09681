/** Scores of whole sequences by a sampler: what it says of a prompt, of which it writes one token more. */
import type { Score } from "../../../policy/policy.ts";
import { AepoError } from "../../../std/errors.ts";
import type { RemoteSampler } from "../../client/tinker-client.ts";

/** Surprisal stands for entropy (AEPO-H4). Sequences have been checked. */
export async function promptScores(
  sampler: Pick<RemoteSampler, "sample">,
  sequences: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<Score[]> {
  return Promise.all(sequences.map((ids) => promptScore(sampler, ids, signal)));
}

async function promptScore(
  sampler: Pick<RemoteSampler, "sample">,
  ids: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Score> {
  if (ids.length === 1) return { logprobs: new Float32Array(), entropies: new Float32Array() };
  const params = { maxTokens: 1, temperature: 1, seed: 0, stop: [] as readonly number[] };
  const options = signal === undefined ? {} : { signal };
  const { promptLogprobs } = await sampler.sample({ prompt: ids, count: 1, params, promptLogprobs: true }, options);
  const found = promptLogprobs?.slice(1) ?? [];
  if (found.length !== ids.length - 1 || found.includes(null)) {
    throw new AepoError("policy", "the server does not report the log-probabilities of a prompt", {
      expected: `${ids.length - 1} numbers`,
      exists: promptLogprobs === null ? "none" : `${found.filter((one) => one !== null).length}`,
    });
  }
  const logprobs = Float32Array.from(found, (logprob) => logprob ?? Number.NaN);
  return { logprobs, entropies: logprobs.map((logprob) => -logprob) };
}
