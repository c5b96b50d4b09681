/** Where things are in the folder of a comparison. */
import { join } from "node:path";

export interface ComparisonLayout {
  readonly folder: string;
  /** The comparison, resolved. */
  readonly config: string;
  readonly locks: string;
  readonly results: string;
  readonly markdown: string;
  readonly report: string;
}

export function comparisonLayout(folder: string): ComparisonLayout {
  return {
    folder,
    config: join(folder, "compare.json"),
    locks: join(folder, "locks"),
    results: join(folder, "results.json"),
    markdown: join(folder, "compare.md"),
    report: join(folder, "report.html"),
  };
}

/** One method with one seed: an ordinary run folder, and what the comparison knows of it. */
export interface CellLayout {
  readonly folder: string;
  readonly result: string;
  /** Why it could not be finished; it is tried again when the comparison is resumed. */
  readonly failure: string;
}

export function cellLayout(folder: string, { method, seed }: CellName): CellLayout {
  const cell = join(folder, method, `seed-${seed}`);
  return { folder: cell, result: join(cell, "result.json"), failure: join(cell, "failure.json") };
}

export interface CellName {
  readonly method: string;
  readonly seed: number;
}
