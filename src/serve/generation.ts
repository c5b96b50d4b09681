/**
 * Continuous batching for clients that come and go: one sampler, requests join and leave it between any two ticks. A client
 * that is gone frees its place at the next tick; a failure of the engine ends the requests it hit and no later ones.
 */
import { setImmediate } from "node:timers/promises";
import type { Drawn, LiveSampler, SampleRequest, Sample } from "../policy/policy.ts";
import { ApiError } from "./api-error.ts";

export type GenerationRequest = Omit<SampleRequest, "id">;

/** What a generation drew in one tick; the last piece has the sample's end. */
export interface Piece extends Pick<Drawn, "ids" | "logprobs" | "top"> {
  readonly end: Pick<Sample, "finish" | "failure" | "stopped"> | null;
}

interface OpenGeneration {
  readonly pieces: Piece[];
  /** Set by the sampler: why there will be no more pieces. */
  failure: { readonly reason: unknown } | null;
  /** Wakes the reader. */
  wake: () => void;
}

export class GenerationEngine {
  private readonly openSampler: () => LiveSampler;
  private sampler: LiveSampler | null = null;
  private readonly generations = new Map<string, OpenGeneration>();
  private readonly left: string[] = [];
  private started = 0;
  private running: Promise<void> | null = null;
  private closed = false;

  constructor(openSampler: () => LiveSampler) {
    this.openSampler = openSampler;
  }

  /** Requests that are drawn for, or wait to be. */
  get open(): number {
    return this.generations.size;
  }

  /** Starts at once; throws what the sampler says of a request it refuses. Ends when it is whole, or `signal` fires. */
  generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    signal.throwIfAborted();
    if (this.closed) throw shuttingDown();
    this.sampler ??= this.openSampler();
    const id = String(this.started++);
    this.sampler.submit({ ...request, id });
    const generation: OpenGeneration = { pieces: [], failure: null, wake: () => {} };
    this.generations.set(id, generation);
    // A reader that never begins to read, or is waiting, leaves by the signal alone.
    const leave = (): void => this.fail(id, signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.running ??= this.run();
    return this.read(id, generation, () => signal.removeEventListener("abort", leave));
  }

  /** Open requests fail. */
  async close(): Promise<void> {
    this.closed = true;
    for (const id of this.generations.keys()) this.fail(id, shuttingDown());
    await this.running;
    await this.dropSampler();
  }

  /** Takes no more requests and waits until those that are open are whole. */
  async finish(): Promise<void> {
    this.closed = true;
    await this.running;
    await this.dropSampler();
  }

  private async *read(
    id: string,
    generation: OpenGeneration,
    done: () => void,
  ): AsyncGenerator<Piece, void, undefined> {
    try {
      for (;;) {
        const piece = generation.pieces.shift();
        if (piece !== undefined) {
          yield piece;
          if (piece.end !== null) return;
        } else if (generation.failure !== null) throw generation.failure.reason;
        else await new Promise<void>((resolve) => (generation.wake = resolve));
      }
    } finally {
      done();
      this.fail(id, new Error("nobody reads"));
    }
  }

  /** Ends an open generation that is not whole: its place in the sampler is freed before the next tick. */
  private fail(id: string, reason: unknown): void {
    const generation = this.generations.get(id);
    if (generation === undefined) return;
    this.generations.delete(id);
    this.left.push(id);
    generation.failure = { reason };
    generation.pieces.length = 0;
    generation.wake();
  }

  private async run(): Promise<void> {
    // Requests that arrive together are decoded together from the first tick on.
    await setImmediate();
    while (this.generations.size + this.left.length > 0) {
      try {
        await this.step();
      } catch (thrown) {
        for (const id of this.generations.keys()) this.fail(id, thrown);
        this.left.length = 0;
        await this.dropSampler();
      }
      // The network is heard between ticks, however fast they are.
      await setImmediate();
    }
    this.running = null;
  }

  private async step(): Promise<void> {
    const { sampler } = this;
    for (const id of this.left.splice(0)) sampler?.cancel(id);
    if (sampler === null) return;
    const { drawn, finished } = await sampler.tick();
    const ends = new Map(finished.map((sample) => [sample.id, sample]));
    for (const { id, ids, logprobs, top } of drawn) {
      const generation = this.generations.get(id);
      if (generation === undefined) continue;
      const end = ends.get(id) ?? null;
      generation.pieces.push({ ids, logprobs, ...(top === undefined ? {} : { top }), end });
      if (end !== null) this.generations.delete(id);
      generation.wake();
    }
  }

  private async dropSampler(): Promise<void> {
    const sampler = this.sampler;
    this.sampler = null;
    // Its failure has been reported to those it hit.
    await sampler?.close().catch(() => {});
  }
}

/** Nobody's fault. */
function shuttingDown(): ApiError {
  return new ApiError(503, "the server is shutting down", { type: "server_error", code: "shutting_down" });
}
