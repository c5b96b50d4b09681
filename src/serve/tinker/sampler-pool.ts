/**
 * Weights that are sampled from: one sampler for each, in which the requests of all clients are decoded together. Those that
 * nobody samples from make room for others; they are opened again when they are asked for.
 */
import type { EmbeddedFrozen } from "../../policy/embedded-frozen.ts";
import { GenerationEngine } from "../generation.ts";

/** To sample and score with the weights of a checkpoint, or of the base model. */
export interface SampledWeights {
  readonly frozen: Omit<EmbeddedFrozen, "dispose">;
  readonly generation: GenerationEngine;
}

interface Entry {
  readonly opening: Promise<SampledWeights & { close(): Promise<void> }>;
  users: number;
}

export type OpenWeights = () => Promise<Omit<EmbeddedFrozen, "dispose"> & { dispose?(): Promise<void> }>;

export class SamplerPool {
  /** Most idle ones that stay open. */
  private readonly mostIdle: number;
  /** In order of use, the oldest first. */
  private readonly entries = new Map<string, Entry>();

  constructor(mostIdle: number) {
    this.mostIdle = mostIdle;
  }

  /** Runs `work` with the weights called `key`, which `open` opens if nobody has. */
  async using<T>(key: string, open: OpenWeights, work: (weights: SampledWeights) => Promise<T>): Promise<T> {
    const entry = this.entries.get(key) ?? { opening: opened(open), users: 0 };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.users++;
    try {
      return await work(await entry.opening);
    } catch (thrown) {
      // What did not open is not kept.
      entry.opening.catch(() => this.forget(key, entry));
      throw thrown;
    } finally {
      entry.users--;
      this.trim(this.mostIdle);
    }
  }

  /** Of weights that are gone: closed as soon as nobody uses them. */
  drop(key: string): void {
    const entry = this.entries.get(key);
    if (entry?.users === 0) this.closeEntry(key, entry);
  }

  async close(): Promise<void> {
    const all = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(all.map(({ opening }) => opening.then((weights) => weights.close()).catch(() => {})));
  }

  private trim(most: number): void {
    const idle = [...this.entries].filter(([, { users }]) => users === 0);
    for (const [key, entry] of idle.slice(0, Math.max(0, idle.length - most))) this.closeEntry(key, entry);
  }

  private closeEntry(key: string, entry: Entry): void {
    this.forget(key, entry);
    entry.opening.then((weights) => weights.close()).catch(() => {});
  }

  private forget(key: string, entry: Entry): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }
}

async function opened(open: OpenWeights): Promise<SampledWeights & { close(): Promise<void> }> {
  const frozen = await open();
  const generation = new GenerationEngine(() => frozen.openSampler());
  return {
    frozen,
    generation,
    async close() {
      await generation.close();
      await frozen.dispose?.();
    },
  };
}
