/**
 * Seeds of the open requests of one sampler. Sequence i of a request is drawn with `seed + i`, whatever else is sampled: two requests
 * of one prompt with overlapping ranges get the same sequence twice, and nobody would notice.
 */
import { TinkerFailure } from "../failure.ts";
import type { RemoteSampleRequest } from "../tinker-client.ts";

interface Range {
  readonly prompt: readonly number[];
  readonly seed: number;
  readonly count: number;
}

export class SeedRanges {
  /** By the prompt's length and last token, which tell most prompts apart. */
  private readonly open = new Map<string, Set<Range>>();

  async during<T>({ prompt, count, params }: RemoteSampleRequest, work: () => Promise<T>): Promise<T> {
    const { seed, temperature } = params;
    // Greedy sequences are the same whatever the seed.
    if (seed === undefined || temperature === 0) return work();
    const key = `${prompt.length} ${prompt.at(-1)}`;
    const alike = this.open.get(key) ?? new Set();
    const range = { prompt, seed, count };
    for (const other of alike) if (overlaps(range, other) && isSame(prompt, other.prompt)) throw overlap(range, other);
    alike.add(range);
    this.open.set(key, alike);
    try {
      return await work();
    } finally {
      alike.delete(range);
      if (alike.size === 0) this.open.delete(key);
    }
  }
}

/** The very same range is the same request asked again. */
function overlaps(a: Range, b: Range): boolean {
  if (a.seed === b.seed && a.count === b.count) return false;
  return a.seed < b.seed + b.count && b.seed < a.seed + a.count;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((id, i) => id === b[i]));
}

function overlap(range: Range, other: Range): TinkerFailure {
  return new TinkerFailure(
    `asample: seed ${range.seed} for ${range.count} sequences overlaps with seed ${other.seed} for ${other.count} of an open request of the same prompt`,
    {
      reason: "invalid",
      expected: "seeds that are at least num_samples apart: sequence i is drawn with seed + i",
    },
  );
}
