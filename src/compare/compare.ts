/**
 * Runs a comparison: cell after cell that nobody has done and nobody is doing, with the results written after each. Several processes
 * may work in one folder, and what was interrupted goes on where it was.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { writeFileAtomic } from "../run/atomic.ts";
import { withFileErrors } from "../run/failures.ts";
import type { MetricRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { readConfig } from "../train/config-source.ts";
import type { CellResult } from "./cell-result.ts";
import { claim, type Holder } from "../run/claim.ts";
import { cellsOf, type Comparison, comparisonSchema, type Method } from "./comparison.ts";
import { type CellName, cellLayout, comparisonLayout } from "./layout.ts";
import type { Results } from "./results.ts";
import { runCell } from "./run-cell.ts";
import { writeResults } from "./write-results.ts";

export interface CompareOptions {
  readonly folder: string;
  readonly comparison: Comparison;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onCellStart(cell: CellName, number: number, of: number): void;
  onCellEnd(cell: CellName, result: CellResult): void;
  onCellFailed(cell: CellName, message: string): void;
  onRecord?(record: MetricRecord): void;
}

export interface CompareOutcome {
  readonly results: Results;
  readonly failed: readonly CellName[];
  /** Cells that another process is at, or seems to be. */
  readonly elsewhere: readonly (CellName & { readonly by: Holder; readonly file: string })[];
}

/** A folder for a new comparison; refuses one that holds one. */
export function startComparison(folder: string, comparison: Comparison): void {
  const { config } = comparisonLayout(folder);
  if (existsSync(config)) {
    throw new AepoError("run", `${folder} holds a comparison already`, {
      fix: `go on with it (aepo compare --resume ${folder}), remove it, or choose another folder (--out FOLDER)`,
    });
  }
  writeFileAtomic(config, `${JSON.stringify(comparison, null, 2)}\n`);
}

export function readComparison(folder: string): Comparison {
  const { config } = comparisonLayout(folder);
  if (!existsSync(config)) {
    throw new AepoError("run", `${folder} holds no comparison`, {
      expected: "a folder with compare.json, made by aepo compare",
      exists: existsSync(folder) ? "a folder without one" : "no such folder",
    });
  }
  const text = withFileErrors("read", config, () => readFileSync(config, "utf8"));
  return readConfig({ name: config, text, overrides: [] }, comparisonSchema);
}

export async function runComparison(options: CompareOptions): Promise<CompareOutcome> {
  const { folder, comparison } = options;
  const cells = cellsOf(comparison);
  const failed: CellName[] = [];
  for (const [index, cell] of cells.entries()) {
    const layout = cellLayout(folder, cell);
    if (existsSync(layout.result)) continue;
    const taken = claim(comparisonLayout(folder).locks, lockName(cell));
    if (!taken.held) continue;
    try {
      // Another process may have finished it between the look and the claim.
      if (existsSync(layout.result)) continue;
      options.onCellStart(cell, index + 1, cells.length);
      const message = await attempt(options, cell);
      if (message !== null) failed.push(cell);
    } finally {
      taken.release();
    }
    await writeResults(folder, comparison);
  }
  return { results: await writeResults(folder, comparison), failed, elsewhere: elsewhere(options, failed) };
}

/** Null, or why it could not be finished: one cell that fails does not stop the others. */
async function attempt(options: CompareOptions, cell: CellName): Promise<string | null> {
  const { folder, comparison, signal } = options;
  const layout = cellLayout(folder, cell);
  rmSync(layout.failure, { force: true });
  try {
    options.onCellEnd(cell, await runCell({ ...options, method: methodOf(comparison, cell), seed: cell.seed }));
    return null;
  } catch (thrown) {
    // A wrong setting is wrong for all cells, and an interruption is no failure.
    if (!(thrown instanceof AepoError) || thrown.kind === "config" || signal.aborted) throw thrown;
    writeFileAtomic(layout.failure, `${JSON.stringify({ message: thrown.message })}\n`);
    options.onCellFailed(cell, thrown.message);
    return thrown.message;
  }
}

function methodOf({ methods }: Comparison, { method }: CellName): Method {
  const found = methods.find(({ name }) => name === method);
  if (found === undefined) throw new AepoError("run", `the comparison has no method "${method}"`);
  return found;
}

function elsewhere({ folder, comparison }: CompareOptions, failed: readonly CellName[]): CompareOutcome["elsewhere"] {
  return cellsOf(comparison).flatMap((cell) => {
    if (failed.includes(cell) || existsSync(cellLayout(folder, cell).result)) return [];
    const taken = claim(comparisonLayout(folder).locks, lockName(cell));
    if (!taken.held) return [{ ...cell, by: taken.by, file: taken.file }];
    taken.release();
    return [];
  });
}

function lockName({ method, seed }: CellName): string {
  return `${method}.seed-${seed}`;
}
