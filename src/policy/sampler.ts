/**
 * Continuous batching in logical time (AEPO-R10): every tick feeds each open row its missing prefix (in chunks) and draws the
 * token after it, or feeds its last token and draws a window of tokens; draws beyond the row's end are dropped. A finished
 * row's place is taken at the next tick by the request that waited longest. Which rows share a tick depends on the sequence
 * of calls alone; a row's draws depend on its own seed alone.
 */
import { AepoError } from "../std/errors.ts";
import { type Decoder, type Draws, needsLogits } from "./decoder.ts";
import type { LiveSampler, Sample, SampleRequest, SamplerLedger, Tick } from "./policy.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { checkSampleRequest, type RequestLimits } from "./sample-request.ts";
import { drawnOf, ended, inOrder, openRow, type Row, stopOf } from "./sampler-row.ts";

export interface SamplerLimits extends RequestLimits {
  /** Rows decoded together. */
  readonly slots: number;
}

export class ContinuousSampler implements LiveSampler {
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
  private now = 0;
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
    const { chunkTokens, windowTokens } = this.decoder;
    const fedTokens = Math.max(chunkTokens, windowTokens);
    this.waiting.push(openRow(request, this.submitted++, fedTokens, this.limits.tokenBytes));
  }

  async next(): Promise<readonly Sample[]> {
    return this.stepping(async () => {
      while (this.waiting.length + this.active.length > 0) {
        const { finished } = await this.step();
        if (finished.length > 0) return inOrder(finished);
      }
      return [];
    });
  }

  async tick(): Promise<Tick> {
    if (this.waiting.length + this.active.length === 0) return { drawn: [], finished: [] };
    return this.stepping(async () => {
      const { rows, finished } = await this.step();
      const drawn = rows.filter(({ lastDrawn }) => lastDrawn > 0).map(drawnOf);
      return { drawn, finished: inOrder(finished) };
    });
  }

  cancel(id: string): boolean {
    if (this.state === "stepping") {
      throw new AepoError("policy", `request "${id}" cannot be dropped while the sampler is advancing`, {
        fix: "drop it when the tick has ended",
      });
    }
    const of = (row: Row): boolean => row.request.id === id;
    const waiting = this.waiting.findIndex(of);
    if (waiting >= 0) {
      this.waiting.splice(waiting, 1);
      return this.openIds.delete(id);
    }
    const row = this.active.find(of);
    if (row === undefined) return false;
    this.leave(row);
    this.active = this.active.filter((other) => other !== row);
    return true;
  }

  async close(): Promise<void> {
    if (this.state === "closed") return;
    this.state = "closed";
    this.waiting.length = 0;
    this.active = [];
    await this.decoder.close();
  }

  private async stepping<T>(work: () => Promise<T>): Promise<T> {
    if (this.state !== "open") {
      throw new AepoError("policy", `the sampler is ${this.state === "closed" ? "closed" : "already advancing"}`, {
        fix: "wait for one call of next before the next",
      });
    }
    this.state = "stepping";
    try {
      return await work();
    } finally {
      if (this.state === "stepping") this.state = "open";
    }
  }

  /** One tick. Returns the rows that took part, and those that ended in it. */
  private async step(): Promise<{ readonly rows: readonly Row[]; readonly finished: readonly Row[] }> {
    this.now++;
    this.admit();
    const rows = this.active.filter((row) => this.schedule(row));
    const draws = await this.decoder.draw(rows);
    const finished = rows.filter((row, i) => this.advance(row, draws[i]));
    this.decoder.store(rows);
    if (finished.length > 0) {
      for (const row of finished) this.leave(row);
      this.active = this.active.filter((row) => !finished.includes(row));
    }
    return { rows, finished };
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
    for (let i = 0; i < row.cached; i++) this.cache.unpin(row.slots[i] ?? 0, this.now);
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
      this.cache.pin(slot, this.now);
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
    if (known >= 0) this.cache.pin(known, this.now);
    row.slots[row.cached++] = known < 0 ? this.cache.insert(parent, token, this.now) : known;
  }

  private parentOf(row: Row): number {
    return row.cached === 0 ? -1 : (row.slots[row.cached - 1] ?? -1);
  }

  /** Takes the row's draws up to its end, each fed in turn but the last; true if it ended. */
  private advance(row: Row, draws: Draws | undefined): boolean {
    const before = row.logprobs.length;
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
    row.lastDrawn = row.logprobs.length - before;
    for (let i = 0; i < row.count; i++) if (row.isNew[i] === 1) this.cache.markReady(row.slots[row.start + i] ?? 0);
    return row.uniforms.length > 0 && ended(row);
  }
}
