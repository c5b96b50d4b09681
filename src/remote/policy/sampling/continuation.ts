/**
 * One continuation of a remote sampler, from the first call to its end. A server that stops where nobody asked it to (a text that
 * only looks like a stop, a model's own end of text) is asked to go on behind what it wrote, some times; one that insists is taken at
 * its word, and the continuation is as long as it gets.
 */
import type { Sample, SampleRequest } from "../../../policy/policy.ts";
import type { TokenBytes } from "../../../policy/stop-texts.ts";
import type { SampledSequence } from "../../../protocol/in-memory.ts";
import { AepoError } from "../../../std/errors.ts";
import { TinkerFailure, type FailureReason } from "../../client/failure.ts";
import type { ModelLimits } from "../../../protocol/limits.ts";
import type { RemoteSampler } from "../../client/tinker-client.ts";
import { Cut } from "./cut.ts";
import { serverSeed } from "./server-seed.ts";
import { stopParameters } from "./stop-parameters.ts";
import { tokensToAsk } from "./token-budget.ts";
import { topTokens } from "./top-k-entropy.ts";

export interface ContinuationOptions {
  readonly limits: ModelLimits;
  readonly tokenBytes?: TokenBytes;
  readonly maxTokens: "powersOfTwo" | "exact";
  /** K of entropies from the likeliest tokens; null: surprisal. */
  readonly topK: number | null;
  readonly signal: AbortSignal;
}

export interface Continuation {
  readonly sample: Sample;
  /** Prompt tokens of its calls that the server had cached. */
  readonly cached: number;
  /** Sum over tokens of the probability outside the K; null where nothing was estimated. */
  readonly lumped: number | null;
}

/** Calls of one continuation: a model that has ended its text ends it again and again, one token a call. */
const MOST_CALLS = 16;

/** What one request can fail by alone: the rest of the phase goes on. */
const OF_ONE_REQUEST: readonly FailureReason[] = ["invalid", "failed", "lost", "late"];

/** Rejects only with what no other request would be spared: the server or the model is gone, or the signal has fired. */
export async function continuation(
  sampler: Pick<RemoteSampler, "sample">,
  request: SampleRequest,
  options: ContinuationOptions,
): Promise<Continuation> {
  try {
    return await sampled(sampler, request, options);
  } catch (thrown) {
    if (options.signal.aborted || !isOfOneRequest(thrown)) throw thrown;
    const nothing = { ids: [], logprobs: [], entropies: [] };
    const sample: Sample = { id: request.id, ...nothing, finish: "failed", failure: thrown.message };
    return { sample, cached: 0, lumped: null };
  }
}

/** An answer that makes no sense, or a failure that is the request's own. */
function isOfOneRequest(thrown: unknown): thrown is AepoError {
  if (thrown instanceof TinkerFailure) return OF_ONE_REQUEST.includes(thrown.reason);
  return thrown instanceof AepoError;
}

async function sampled(
  sampler: Pick<RemoteSampler, "sample">,
  request: SampleRequest,
  options: ContinuationOptions,
): Promise<Continuation> {
  const { limits, tokenBytes, signal } = options;
  const cut = new Cut(request, tokenBytes);
  const logprobs: number[] = [];
  const stop = stopParameters(request, tokenBytes);
  const call = { signal, ...(request.tree === undefined ? {} : { tree: request.tree }) };
  let cached = 0;
  for (let part = 0; !cut.ended && part < MOST_CALLS; part++) {
    const prompt = [...request.ids, ...cut.ids];
    const room = limits.maxSequenceTokens - prompt.length;
    const maxTokens = tokensToAsk(request.maxTokens - cut.ids.length, room, options.maxTokens);
    const params = { maxTokens, temperature: request.temperature, seed: serverSeed(request.seed, part), stop };
    const answer = await sampler.sample({ prompt, count: 1, params }, call);
    const sequence = checked(answer.sequences[0], limits);
    logprobs.push(...sequence.logprobs.slice(0, cut.take(sequence.tokens)));
    if (part === 0) cached = answer.cachedPromptTokens ?? 0;
  }
  const { top, entropies, lumped } = await estimated(sampler, request, { ids: cut.ids, logprobs }, options);
  const sample: Sample = {
    id: request.id,
    ids: cut.ids,
    logprobs,
    entropies,
    finish: cut.stopped === null ? "length" : "stop",
    ...(cut.stopped === null ? {} : { stopped: cut.stopped }),
    ...(top === null ? {} : { top }),
  };
  return { sample, cached, lumped };
}

/** What a server says is not taken on trust: a token that does not exist, or no number, must not reach the trainer. */
function checked(sequence: SampledSequence | undefined, { vocabularySize }: ModelLimits): SampledSequence {
  const refuse = (what: string, expected: string): never => {
    throw new AepoError("policy", `the server sampled ${what}`, { expected });
  };
  if (sequence === undefined || sequence.tokens.length === 0) return refuse("nothing", "at least one token");
  const { tokens, logprobs } = sequence;
  if (logprobs.length !== tokens.length) {
    refuse(`${tokens.length} tokens with ${logprobs.length} log-probabilities`, "one a token");
  }
  const unknown = tokens.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabularySize));
  if (unknown !== undefined) refuse(`token ${unknown}`, `0 to ${vocabularySize - 1}`);
  const wrong = logprobs.find((logprob) => !(Number.isFinite(logprob) && logprob <= 1e-3));
  if (wrong !== undefined) refuse(`a token of log-probability ${wrong}`, "a number, 0 at most");
  return sequence;
}

/** Entropies, and the likeliest tokens where they were asked for. */
async function estimated(
  sampler: Pick<RemoteSampler, "sample">,
  { ids: prefix, topLogprobs = 0, tree }: SampleRequest,
  { ids, logprobs }: { readonly ids: readonly number[]; readonly logprobs: readonly number[] },
  { topK, limits, signal }: ContinuationOptions,
): Promise<
  Pick<Continuation, "lumped"> & {
    readonly entropies: readonly number[];
    readonly top: NonNullable<Sample["top"]> | null;
  }
> {
  const surprisal = logprobs.map((logprob) => -logprob);
  if (topK === null) return { entropies: surprisal, top: null, lumped: null };
  const all = [...prefix, ...ids];
  // The server draws one token more: where there is no room for it, the last token's surprisal stands for its entropy.
  const known = Math.min(all.length, limits.maxSequenceTokens - 1);
  const count = known - prefix.length;
  const call = { signal, ...(tree === undefined ? {} : { tree }) };
  const found = count === 0 ? null : await topTokens(sampler, { ids: all.slice(0, known), count, k: topK }, call);
  if (found === null && count > 0)
    throw new AepoError("policy", "the server reports no likeliest tokens of this prompt");
  return {
    entropies: [...(found?.entropies ?? []), ...surprisal.slice(count)],
    top: topLogprobs === 0 ? null : ids.map((_, i) => (found?.top[i] ?? []).slice(0, topLogprobs)),
    lumped: found?.lumped.reduce((sum, mass) => sum + mass, 0) ?? 0,
  };
}
