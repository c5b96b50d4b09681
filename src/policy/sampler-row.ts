/** One open request of a continuous sampler: what it has, and what is told of it. */
import { type RandomStream, randomStream } from "../std/random.ts";
import type { DecodeRow } from "./decoder.ts";
import type { Drawn, Sample, SampleRequest, StoppedBy, TokenLogprob } from "./policy.ts";
import { wholeShaping } from "./shaping.ts";
import { StopTexts, type TokenBytes } from "./stop-texts.ts";

/** An open request. `cached` tokens of `ids` have their slots pinned. */
export interface Row extends DecodeRow {
  readonly request: SampleRequest;
  readonly order: number;
  readonly stream: RandomStream;
  readonly ids: number[];
  readonly logprobs: number[];
  readonly entropies: number[];
  readonly top: (readonly TokenLogprob[])[];
  cached: number;
  start: number;
  count: number;
  uniforms: readonly number[];
  /** Tokens drawn in the last tick it took part in. */
  lastDrawn: number;
  /** Fed each token drawn; null without stop texts. */
  readonly stopTexts: StopTexts | null;
  /** What the last token drawn ended. */
  stopped: StoppedBy | null;
}

/** `fedTokens`: most tokens fed in one tick. */
export function openRow(request: SampleRequest, order: number, fedTokens: number, tokenBytes?: TokenBytes): Row {
  const { stopTexts = [] } = request;
  return {
    request,
    order,
    stream: randomStream(request.seed),
    ids: [...request.ids],
    logprobs: [],
    entropies: [],
    top: [],
    slots: new Int32Array(slotsNeeded(request)),
    isNew: new Uint8Array(fedTokens),
    temperature: request.temperature,
    shaping: wholeShaping(request.shaping, request.temperature),
    topLogprobs: request.topLogprobs ?? 0,
    cached: 0,
    start: 0,
    count: 0,
    uniforms: [],
    lastDrawn: 0,
    stopTexts: stopTexts.length === 0 || tokenBytes === undefined ? null : new StopTexts(stopTexts, tokenBytes),
    stopped: null,
  };
}

/** The last token drawn is never fed. */
function slotsNeeded({ ids, maxTokens }: SampleRequest): number {
  return ids.length + maxTokens - 1;
}

export function ended(row: Row): boolean {
  return row.stopped !== null || row.logprobs.length === row.request.maxTokens;
}

/** What the token just drawn ends; to be asked once a token. */
export function stopOf({ ids, logprobs, request, stopTexts }: Row): StoppedBy | null {
  const text = stopTexts?.push(ids.at(-1) ?? 0) ?? null;
  if (text !== null) return { text };
  const found = request.stop.find(
    (sequence) =>
      sequence.length <= logprobs.length &&
      sequence.every((token, i) => token === ids[ids.length - sequence.length + i]),
  );
  return found === undefined ? null : { ids: found };
}

export function inOrder(finished: readonly Row[]): Sample[] {
  return finished.toSorted((a, b) => a.order - b.order).map(sampleOf);
}

export function drawnOf({ request, ids, logprobs, entropies, top, topLogprobs, lastDrawn }: Row): Drawn {
  return {
    id: request.id,
    ids: ids.slice(-lastDrawn),
    logprobs: logprobs.slice(-lastDrawn),
    entropies: entropies.slice(-lastDrawn),
    ...(topLogprobs === 0 ? {} : { top: top.slice(-lastDrawn) }),
  };
}

function sampleOf(row: Row): Sample {
  const { request, logprobs, entropies, stopped, top } = row;
  return {
    id: request.id,
    ids: row.ids.slice(request.ids.length),
    logprobs,
    entropies,
    finish: stopped === null ? "length" : "stop",
    ...(stopped === null ? {} : { stopped }),
    ...(row.topLogprobs === 0 ? {} : { top }),
  };
}
