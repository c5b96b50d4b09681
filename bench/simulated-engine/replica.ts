/**
 * One GPU that samples, by continuous batching: prompts are read first, then every sequence gets one token a step, and a step takes
 * as long as reading the weights, reading the keys and values of all sequences, and the arithmetic of their tokens. What does not
 * fit waits. Between two events all sequences run at one speed, so nothing is simulated step by step.
 */
import type { GpuSettings, ModelSettings } from "./settings.ts";
import type { SimClock } from "./sim-clock.ts";
import { PrefixCache } from "./prefix-cache.ts";

export interface Sequence {
  readonly prompt: ArrayLike<number>;
  /** Tokens it will write. */
  readonly tokens: readonly number[];
  done(outcome: "finished" | "died", cached: number): void;
}

interface Running extends Sequence {
  readonly cached: number;
  left: number;
}

export interface ReplicaFigures {
  busyMs: number;
  decodedTokens: number;
  prefilledTokens: number;
  cachedTokens: number;
  /** Sequences, integrated over the time it was busy. */
  sequenceMs: number;
}

export class Replica {
  readonly figures: ReplicaFigures = {
    busyMs: 0,
    decodedTokens: 0,
    prefilledTokens: 0,
    cachedTokens: 0,
    sequenceMs: 0,
  };
  private readonly gpu: GpuSettings;
  private readonly model: ModelSettings;
  private readonly clock: SimClock;
  private readonly cache: PrefixCache;
  private running: Running[] = [];
  private queue: Sequence[] = [];
  private prefillMs = 0;
  private updatedMs = 0;
  private pausedUntilMs = 0;
  private cancel = (): void => {};

  constructor(gpu: GpuSettings, model: ModelSettings, clock: SimClock) {
    [this.gpu, this.model, this.clock] = [gpu, model, clock];
    this.cache = new PrefixCache(gpu.cacheTokens);
  }

  get load(): number {
    return this.running.length + this.queue.length;
  }

  add(sequence: Sequence): void {
    this.advance();
    this.queue.push(sequence);
    this.admit();
    this.wake();
  }

  /** Until then its GPU does something else. */
  pauseUntil(ms: number): void {
    this.advance();
    this.pausedUntilMs = Math.max(this.pausedUntilMs, ms);
    this.wake();
  }

  /** Everything it holds is lost. */
  die(): void {
    this.advance();
    const lost = [...this.running, ...this.queue];
    this.running = [];
    this.queue = [];
    this.prefillMs = 0;
    this.cache.clear();
    this.cancel();
    for (const sequence of lost) sequence.done("died", 0);
  }

  /** Up to now: prompts are read, then tokens are drawn. */
  advance(): void {
    const now = this.clock.nowMs();
    const from = Math.max(this.updatedMs, Math.min(now, this.pausedUntilMs));
    this.updatedMs = now;
    let ms = now - from;
    if (ms <= 0 || this.running.length === 0) return;
    const reading = Math.min(ms, this.prefillMs);
    this.prefillMs -= reading;
    ms -= reading;
    const stepMs = this.stepMs();
    // Up to the first that ends: its event may come late, and the others must not outrun it by much.
    const steps = ms / stepMs;
    let busy = reading;
    let most = 0;
    for (const one of this.running) {
      const drawn = Math.min(one.left, steps);
      one.left -= drawn;
      most = Math.max(most, drawn);
      this.figures.decodedTokens += drawn;
    }
    busy += most * stepMs;
    this.figures.busyMs += busy;
    this.figures.sequenceMs += busy * this.running.length;
    this.settle();
  }

  private settle(): void {
    const finished = this.running.filter(({ left }) => left <= 1e-6);
    if (finished.length === 0) return;
    this.running = this.running.filter(({ left }) => left > 1e-6);
    for (const { prompt, tokens, cached, done } of finished) {
      this.cache.take([...Array.from(prompt), ...tokens]);
      done("finished", cached);
    }
    this.admit();
  }

  private admit(): void {
    let held = this.running.reduce((sum, { prompt, tokens }) => sum + prompt.length + tokens.length, 0);
    while (this.queue.length > 0 && this.running.length < this.gpu.mostSequences) {
      const [next] = this.queue as [Sequence];
      const needed = next.prompt.length + next.tokens.length;
      if (this.running.length > 0 && held + needed > this.gpu.cacheTokens) return;
      this.queue.shift();
      held += needed;
      const cached = this.cache.take(next.prompt);
      const fresh = next.prompt.length - cached;
      this.figures.prefilledTokens += fresh;
      this.figures.cachedTokens += cached;
      this.prefillMs += (2 * this.model.parameters * fresh) / this.gpu.prefillFlopsPerMs;
      this.running.push({ ...next, done: next.done.bind(next), cached, left: next.tokens.length });
    }
  }

  private stepMs(): number {
    const { weightBytes, cacheBytesPerToken, parameters } = this.model;
    const held = this.running.reduce((sum, { prompt, tokens, left }) => sum + prompt.length + tokens.length - left, 0);
    const reading = (weightBytes + held * cacheBytesPerToken) / this.gpu.bytesPerMs;
    const computing = (2 * parameters * this.running.length) / this.gpu.decodeFlopsPerMs;
    return this.gpu.stepOverheadMs + reading + computing;
  }

  private wake(): void {
    this.cancel();
    if (this.running.length === 0) return;
    const left = this.running.reduce((least, one) => Math.min(least, one.left), Number.POSITIVE_INFINITY);
    const paused = Math.max(0, this.pausedUntilMs - this.clock.nowMs());
    this.cancel = this.clock.after(paused + this.prefillMs + left * this.stepMs(), () => {
      this.advance();
      this.wake();
    });
  }
}
