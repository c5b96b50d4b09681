/**
 * The engine behind the simulated server: replicas that sample, and training that takes all GPUs for a while. Who calls by one
 * routing id reaches one replica; others the one with the least to do. Without a GPU everything is done at once.
 */
import { Replica, type Sequence } from "./replica.ts";
import type { EngineSettings } from "./settings.ts";
import type { SimClock } from "./sim-clock.ts";

export interface EngineFigures {
  readonly simulatedMs: number;
  /** Of all GPUs together, in GPU-milliseconds. */
  readonly samplingMs: number;
  readonly trainingMs: number;
  readonly decodedTokens: number;
  readonly prefilledTokens: number;
  readonly cachedTokens: number;
  readonly trainedTokens: number;
  readonly scoredTokens: number;
  /** Sequences that a busy GPU had, on average. */
  readonly meanBatch: number;
  readonly samples: number;
  readonly failedSamples: number;
}

export class Engine {
  readonly settings: EngineSettings;
  private readonly clock: SimClock;
  private readonly replicas: readonly Replica[];
  private readonly dead = new Set<number>();
  private readonly byRoute = new Map<string, number>();
  private trainsUntilMs = 0;
  private trainingMs = 0;
  private trained = 0;
  private scored = 0;
  private samples = 0;
  private failed = 0;

  constructor(settings: EngineSettings, clock: SimClock) {
    this.settings = settings;
    this.clock = clock;
    this.replicas = Array.from({ length: settings.gpus }, () => new Replica(settings.gpu, settings.model, clock));
    const { death } = settings.faults;
    if (death !== null) clock.after(death.atMs, () => this.kill(death.replica, death.forMs));
  }

  sample(route: string | null, sequence: Sequence): void {
    this.samples++;
    if (this.replicas.length === 0) return void this.clock.after(0, () => sequence.done("finished", 0));
    const { done } = sequence;
    const counted: Sequence["done"] = (outcome, cached) => {
      if (outcome === "died") this.failed++;
      done(outcome, cached);
    };
    this.replicas[this.replicaFor(route)]?.add({ ...sequence, done: counted });
  }

  countFailure(): void {
    this.samples++;
    this.failed++;
  }

  /** Milliseconds until training on (or scoring of) so many tokens is done; the GPUs sample nothing meanwhile. */
  train(tokens: number, backward: boolean): number {
    const { gpu, model, gpus } = this.settings;
    if (gpus === 0) return 0;
    const flops = (backward ? 6 : 2) * model.parameters * tokens;
    if (backward) this.trained += tokens;
    else this.scored += tokens;
    return this.occupy(flops / (gpus * gpu.trainingFlopsPerMs));
  }

  /** The same for what takes a known time: an optimiser step, bringing weights to the replicas. */
  occupy(ms: number): number {
    if (this.replicas.length === 0) return 0;
    const now = this.clock.nowMs();
    const start = Math.max(now, this.trainsUntilMs);
    this.trainsUntilMs = start + ms;
    this.trainingMs += ms * this.settings.gpus;
    for (const replica of this.replicas) replica.pauseUntil(this.trainsUntilMs);
    return this.trainsUntilMs - now;
  }

  figures(): EngineFigures {
    for (const replica of this.replicas) replica.advance();
    const sum = (of: keyof Replica["figures"]): number =>
      this.replicas.reduce((all, { figures }) => all + figures[of], 0);
    return {
      simulatedMs: this.clock.nowMs(),
      samplingMs: sum("busyMs"),
      trainingMs: this.trainingMs,
      decodedTokens: Math.round(sum("decodedTokens")),
      prefilledTokens: sum("prefilledTokens"),
      cachedTokens: sum("cachedTokens"),
      trainedTokens: this.trained,
      scoredTokens: this.scored,
      meanBatch: sum("busyMs") === 0 ? 0 : sum("sequenceMs") / sum("busyMs"),
      samples: this.samples,
      failedSamples: this.failed,
    };
  }

  private replicaFor(route: string | null): number {
    const known = route === null ? undefined : this.byRoute.get(route);
    if (known !== undefined && !this.dead.has(known)) return known;
    const alive = this.replicas.map((_, i) => i).filter((i) => !this.dead.has(i));
    // Trees that begin together are spread by how many a replica has, not by what runs just now.
    const load = (i: number): number => (route === null ? (this.replicas[i]?.load ?? 0) : this.routesOf(i));
    const chosen = alive.reduce((best, i) => (load(i) < load(best) ? i : best), alive[0] ?? 0);
    if (route !== null) this.byRoute.set(route, chosen);
    return chosen;
  }

  private routesOf(replica: number): number {
    let routes = 0;
    for (const at of this.byRoute.values()) if (at === replica) routes++;
    return routes;
  }

  private kill(replica: number, forMs: number): void {
    this.dead.add(replica);
    this.replicas[replica]?.die();
    this.clock.after(forMs, () => this.dead.delete(replica));
  }
}
