/**
 * A model on a server of OpenAI's API as a frozen policy: token ids in, token ids out. What a server does not tell is NaN
 * (log-probabilities) or counts as computed (cached tokens). A server that fails again and again is given up.
 */
import type { FrozenPolicy, PolicyInfo, SampleRequest, Score, ScoreRequest } from "../../policy/policy.ts";
import { checkIds } from "../../policy/loss-tree.ts";
import type { TokenBytes } from "../../policy/stop-texts.ts";
import { AepoError } from "../../std/errors.ts";
import { abilitiesText, type ServerAbilities } from "./abilities.ts";
import type { OpenAiApi } from "./api.ts";
import { tokenClient } from "./token-client.ts";
import { type Continuation, continuation } from "./token-continuation.ts";
import { TokenSampler } from "./token-sampler.ts";

export interface TokenPolicyOptions {
  readonly api: OpenAiApi;
  readonly abilities: ServerAbilities;
  /** Of the model: its adapter's name on the server. */
  readonly adapter?: string | null;
  readonly vocabularySize: number;
  /** Of the model as it is known here; the server's own limit counts, too. */
  readonly maxSequenceTokens: number;
  readonly tokenBytes: TokenBytes;
  readonly cacheSalt?: string | null;
  /** Header that sends requests of one tree to one replica (X-Session-ID of vllm-router); null: none is sent. */
  readonly sessionHeader?: string | null;
  /** Samplers give what comes first (default: logical time, AEPO-R10). */
  readonly overlap?: boolean;
  /** Failed requests in a row after which the server is given up. */
  readonly mostFailures: number;
}

/** vLLM's default cap. */
const MOST_TOP_LOGPROBS = 20;

export function tokenPolicy(options: TokenPolicyOptions): FrozenPolicy {
  const { api, abilities, adapter = null, cacheSalt = null, sessionHeader = null, mostFailures } = options;
  const client = tokenClient(api, { model: abilities.name, adapter, cacheSalt }, abilities);
  const info = infoOf(options);
  const { vocabularySize, tokenBytes } = options;
  let inARow = 0;
  const counted = (found: Continuation): Continuation => {
    inARow = found.sample.finish === "failed" ? inARow + 1 : 0;
    if (inARow < mostFailures) return found;
    throw new AepoError("policy", `${inARow} requests in a row have failed: ${found.sample.failure ?? ""}`, {
      fix: "mend the server, then give the same command again",
    });
  };
  const headersOf = (tree: string | undefined): Record<string, string> =>
    sessionHeader === null || tree === undefined ? {} : { [sessionHeader]: tree };
  const run = async (request: SampleRequest, signal: AbortSignal): Promise<Continuation> => {
    const call = { signal, headers: headersOf(request.tree) };
    return counted(await continuation(client, request, { vocabularySize, tokenBytes }, call));
  };
  return {
    info,
    openSampler: () =>
      new TokenSampler({
        limits: { ...info, cacheTokens: Number.POSITIVE_INFINITY, tokenBytes },
        topLogprobs: info.topLogprobs,
        overlap: options.overlap ?? false,
        run,
      }),
    async score(requests) {
      for (const request of requests) checkScore(request, info);
      const { signal } = new AbortController();
      return (await client.scores(requests, { signal })).map(scoreOf);
    },
    dispose: () => api.close(),
  };
}

function infoOf({ api, abilities, vocabularySize, maxSequenceTokens, adapter = null }: TokenPolicyOptions): PolicyInfo {
  return {
    description: `${adapter === null ? "" : `adapter ${adapter} of `}${abilitiesText(abilities)}`,
    vocabularySize,
    maxSequenceTokens: Math.min(maxSequenceTokens, abilities.maxSequenceTokens ?? maxSequenceTokens),
    entropy: "surprisal",
    // Ours reports at the temperature of the request, the others by their default before it.
    logprobTemperature: abilities.kind === "aepo" ? "any" : 1,
    shaping: true,
    topLogprobs: abilities.leastLogprobs === null ? 0 : Math.min(vocabularySize, MOST_TOP_LOGPROBS),
    countsReuse: false,
    keepsWeights: true,
    requestsAtOnce: api.concurrency,
  };
}

function scoreOf(found: readonly number[]): Score {
  const logprobs = Float32Array.from(found);
  return { logprobs, entropies: logprobs.map((logprob) => -logprob) };
}

function checkScore({ ids, temperature }: ScoreRequest, info: PolicyInfo): void {
  checkIds(ids, info.vocabularySize, "score");
  const any = info.logprobTemperature === "any";
  if (any ? !(temperature > 0) : temperature !== 1) {
    throw new AepoError("policy", `score: temperature ${temperature}`, {
      expected: any ? "above 0" : "1, at which servers score a prompt",
    });
  }
  if (ids.length > 0 && ids.length <= info.maxSequenceTokens) return;
  throw new AepoError("policy", `score: a sequence of ${ids.length} tokens`, {
    expected: `1 to ${info.maxSequenceTokens}`,
  });
}
