/**
 * Continuous batching in logical time (AEPO-R10): every tick feeds each open row its missing prefix (in chunks) and draws the
 * token after it, or feeds its last token and draws a window of tokens; draws beyond the row's end are dropped. A finished
 * row's place is taken at the next tick by the request that waited longest. Which rows share a tick depends on the sequence
 * of calls alone; a row's draws depend on its own seed alone.
 */
import { AepoError } from "../std/errors.ts";
import { type RandomStream, randomStream } from "../std/random.ts";
import { type DecodeRow, type Decoder, type Draws, needsLogits } from "./decoder.ts";
import type { Sample, SampleRequest, Sampler, SamplerLedger, StoppedBy, TokenLogprob } from "./policy.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { checkSampleRequest, type RequestLimits } from "./sample-request.ts";
import { wholeShaping } from "./shaping.ts";
import { StopTexts } from "./stop-texts.ts";

export interface SamplerLimits extends RequestLimits {
  /** Rows decoded together. */
  readonly slots: number;
}

/** An open request. `cached` tokens of `ids` have their slots pinned. */
interface Row extends DecodeRow {
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
  /** Fed each token drawn; null without stop texts. */
  readonly stopTexts: StopTexts | null;
  /** What the last token drawn ended. */
  stopped: StoppedBy | null;
}

export class ContinuousSampler implements Sampler {
  private readonly decoder: Decoder;
  private readonly limits: SamplerLimits;
  private readonly cache: PrefixCache;
  private readonly waiting: Row[] = [];
  private active: Row[] = [];
  private readonly openIds = new Set<string>();
  private readonly counts = { sampled: 0, prefilled: 0, reused: 0 };
  /** Slots promised to active rows: none of them can run out half-way. */
  private reserved = 0;
  private submitted = 0;
  private tick = 0;
  private state: "open" | "stepping" | "closed" = "open";

  constructor(decoder: Decoder, limits: SamplerLimits) {
    this.decoder = decoder;
    this.limits = limits;
    this.cache = new PrefixCache(limits.cacheTokens, limits.vocabularySize);
  }

  get ledger(): SamplerLedger {
    return { ...this.counts };
  }

  submit(request: SampleRequest): void {
    if (this.state === "closed")
      throw new AepoError("policy", "the sampler is closed", {
        fix: "open another one",
      });
    if (this.openIds.has(request.id))
      throw new AepoError("policy", `request "${request.id}": its id is that of another open request`, {
        expected: "a unique id",
      });
    checkSampleRequest(request, this.limits);
    this.openIds.add(request.id);
    this.waiting.push({
      request,
      order: this.submitted++,
      stream: randomStream(request.seed),
      ids: [...request.ids],
      logprobs: [],
      entropies: [],
      top: [],
      slots: new Int32Array(slotsNeeded(request)),
      isNew: new Uint8Array(Math.max(this.decoder.chunkTokens, this.decoder.windowTokens)),
      temperature: request.temperature,
      shaping: wholeShaping(request.shaping, request.temperature),
      topLogprobs: request.topLogprobs ?? 0,
      cached: 0,
      start: 0,
      count: 0,
      uniforms: [],
      stopTexts: this.stopTextsOf(request),
      stopped: null,
    });
  }

  async next(): Promise<readonly Sample[]> {
    if (this.state !== "open") {
      throw new AepoError("policy", `the sampler is ${this.state === "closed" ? "closed" : "already advancing"}`, {
        fix: "wait for one call of next before the next",
      });
    }
    this.state = "stepping";
    try {
      while (this.waiting.length + this.active.length > 0) {
        const finished = await this.step();
        if (finished.length > 0) return finished.sort((a, b) => a.order - b.order).map(sampleOf);
      }
      return [];
    } finally {
      if (this.state === "stepping") this.state = "open";
    }
  }

  async close(): Promise<void> {
    if (this.state === "closed") return;
    this.state = "closed";
    this.waiting.length = 0;
    this.active = [];
    await this.decoder.close();
  }

  /** One tick. Returns the rows that ended in it. */
  private async step(): Promise<Row[]> {
    this.tick++;
    this.admit();
    const rows = this.active.filter((row) => this.schedule(row));
    const draws = await this.decoder.draw(rows);
    const finished = rows.filter((row, i) => this.advance(row, draws[i]));
    this.decoder.store(rows);
    if (finished.length > 0) {
      for (const row of finished) this.leave(row);
      this.active = this.active.filter((row) => !finished.includes(row));
    }
    return finished;
  }

  private admit(): void {
    while (this.active.length < this.limits.slots) {
      const row = this.waiting[0];
      if (row === undefined || this.reserved + row.slots.length > this.limits.cacheTokens) return;
      this.waiting.shift();
      this.active.push(row);
      this.reserved += row.slots.length;
    }
  }

  private leave(row: Row): void {
    for (let i = 0; i < row.cached; i++) this.cache.unpin(row.slots[i] ?? 0, this.tick);
    this.reserved -= row.slots.length;
    this.openIds.delete(row.request.id);
  }

  /**
   * Decides what a row feeds in this tick; false if it waits, because another row is computing the prefix it needs. The last
   * token of `ids` is always fed, its prediction is wanted; if its state is cached already, it is not written again.
   */
  private schedule(row: Row): boolean {
    const last = row.ids.length - 1;
    while (row.cached < last) {
      const slot = this.cache.find(this.parentOf(row), row.ids[row.cached] ?? 0);
      if (slot < 0) break;
      if (!this.cache.isReady(slot)) return false;
      this.cache.pin(slot, this.tick);
      row.slots[row.cached++] = slot;
      this.counts.reused++;
    }
    row.start = row.cached;
    row.count = Math.min(this.decoder.chunkTokens, row.ids.length - row.start);
    for (let i = 0; i < row.count; i++) this.take(row, i);
    row.uniforms = Array.from({ length: this.drawsOf(row) }, () => row.stream.uniform());
    return true;
  }

  private drawsOf(row: Row): number {
    if (row.cached < row.ids.length) return 0;
    return row.count > 1 || needsLogits(row)
      ? 1
      : Math.min(this.decoder.windowTokens, row.request.maxTokens - row.logprobs.length);
  }

  /** Gives fed token i its slot: a new one, or the one that another row has made for the same token. */
  private take(row: Row, i: number): void {
    const parent = this.parentOf(row);
    const token = row.ids[row.cached] ?? 0;
    const known = this.cache.find(parent, token);
    if (row.cached < row.request.ids.length) this.counts[known < 0 ? "prefilled" : "reused"]++;
    row.isNew[i] = known < 0 ? 1 : 0;
    if (known >= 0) this.cache.pin(known, this.tick);
    row.slots[row.cached++] = known < 0 ? this.cache.insert(parent, token, this.tick) : known;
  }

  private parentOf(row: Row): number {
    return row.cached === 0 ? -1 : (row.slots[row.cached - 1] ?? -1);
  }

  /** Takes the row's draws up to its end, each fed in turn but the last; true if it ended. */
  private advance(row: Row, draws: Draws | undefined): boolean {
    for (const n of row.uniforms.keys()) {
      if (n > 0) this.take(row, row.count++);
      row.ids.push(draws?.ids[n] ?? 0);
      row.logprobs.push(draws?.logprobs[n] ?? Number.NaN);
      row.entropies.push(draws?.entropies[n] ?? Number.NaN);
      if (row.topLogprobs > 0) row.top.push(draws?.top?.[n] ?? []);
      this.counts.sampled++;
      row.stopped = stopOf(row);
      if (ended(row)) break;
    }
    for (let i = 0; i < row.count; i++) if (row.isNew[i] === 1) this.cache.markReady(row.slots[row.start + i] ?? 0);
    return row.uniforms.length > 0 && ended(row);
  }

  private stopTextsOf({ stopTexts = [] }: SampleRequest): StopTexts | null {
    const { tokenBytes } = this.limits;
    return stopTexts.length === 0 || tokenBytes === undefined ? null : new StopTexts(stopTexts, tokenBytes);
  }
}

/** The last token drawn is never fed. */
function slotsNeeded({ ids, maxTokens }: SampleRequest): number {
  return ids.length + maxTokens - 1;
}

function ended(row: Row): boolean {
  return row.stopped !== null || row.logprobs.length === row.request.maxTokens;
}

/** What the token just drawn ends; to be asked once a token. */
function stopOf({ ids, logprobs, request, stopTexts }: Row): StoppedBy | null {
  const text = stopTexts?.push(ids.at(-1) ?? 0) ?? null;
  if (text !== null) return { text };
  const found = request.stop.find(
    (sequence) =>
      sequence.length <= logprobs.length &&
      sequence.every((token, i) => token === ids[ids.length - sequence.length + i]),
  );
  return found === undefined ? null : { ids: found };
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
