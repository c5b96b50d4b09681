/**
 * One continuation, from the first request to its end. Where it ends is found here, whatever the server did: one that stops where
 * nobody asked it to (a text that only looks like a stop, its own end of text) is asked to go on behind what it wrote.
 */
import type { Sample, SampleRequest } from "../../policy/policy.ts";
import type { TokenBytes } from "../../policy/stop-texts.ts";
import { derivedSeed } from "../../std/random.ts";
import { Cut } from "../policy/sampling/cut.ts";
import type { ApiCall } from "./api.ts";
import { RequestFailure } from "./request-failure.ts";
import type { TokenClient } from "./token-client.ts";
import type { TokenAnswer } from "./token-wire.ts";

export interface Continuation {
  readonly sample: Sample;
  /** Prompt tokens that the server had cached. */
  readonly cached: number;
}

export interface ContinuationOptions {
  readonly vocabularySize: number;
  readonly tokenBytes: TokenBytes;
}

/** Servers take few; more are found here alone, and cost tokens. */
const MOST_STOP_TEXTS = 16;

/** Rejects only with what no other request would be spared: a refused key, the signal. */
export async function continuation(
  client: TokenClient,
  request: SampleRequest,
  options: ContinuationOptions,
  call: ApiCall,
): Promise<Continuation> {
  try {
    return await sampled(client, request, options, call);
  } catch (thrown) {
    if (!(thrown instanceof RequestFailure)) throw thrown;
    const nothing = { ids: [], logprobs: [], entropies: [] };
    return { sample: { id: request.id, ...nothing, finish: "failed", failure: thrown.message }, cached: 0 };
  }
}

async function sampled(
  client: TokenClient,
  request: SampleRequest,
  options: ContinuationOptions,
  call: ApiCall,
): Promise<Continuation> {
  const { ids, stop, stopTexts = [], maxTokens, temperature, shaping = {}, seed, topLogprobs = 0 } = request;
  const cut = new Cut(request, options.tokenBytes);
  const logprobs: number[] = [];
  const top: NonNullable<TokenAnswer["top"]>[number][] = [];
  const stops = {
    stopTokens: [...new Set(stop.flatMap((sequence) => (sequence.length === 1 ? sequence : [])))],
    stopTexts: stopTexts.slice(0, MOST_STOP_TEXTS),
  };
  let cached = 0;
  for (let part = 0; !cut.ended; part++) {
    const asked = {
      prompt: [...ids, ...cut.ids],
      maxTokens: maxTokens - cut.ids.length,
      temperature,
      shaping,
      topLogprobs,
    };
    // The first part draws what a sampler in this process draws, where the server is one of ours.
    const drawn = part === 0 ? seed : derivedSeed(seed, "part", part);
    const answer = await client.sample({ ...asked, ...stops, seed: drawn }, call);
    checkIds(answer, options);
    const taken = cut.take(answer.ids);
    logprobs.push(...answer.logprobs.slice(0, taken));
    top.push(...(answer.top ?? []).slice(0, taken));
    if (part === 0) cached = answer.cached ?? 0;
  }
  const sample: Sample = {
    id: request.id,
    ids: cut.ids,
    logprobs,
    // AEPO-H4: of what a server reports.
    entropies: logprobs.map((logprob) => -logprob),
    finish: cut.stopped === null ? "length" : "stop",
    ...(cut.stopped === null ? {} : { stopped: cut.stopped }),
    ...(topLogprobs === 0 ? {} : { top }),
  };
  return { sample, cached };
}

/** A token that does not exist must not reach what reads the answer. */
function checkIds({ ids }: TokenAnswer, { vocabularySize }: ContinuationOptions): void {
  if (ids.length === 0) throw new RequestFailure("the server wrote nothing and stopped", null);
  const unknown = ids.find((id) => id >= vocabularySize);
  if (unknown === undefined) return;
  throw new RequestFailure(`the server wrote token ${unknown}; the vocabulary here has ${vocabularySize}`, null);
}
