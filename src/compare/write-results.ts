/** Reads what is there of a comparison and writes `results.json`, `compare.md` and `report.html`; an unfinished one has them, too. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomic } from "../run/atomic.ts";
import { withFileErrors } from "../run/failures.ts";
import { AepoError } from "../std/errors.ts";
import { readResult } from "./cell-result.ts";
import { claim } from "../run/claim.ts";
import { cellsOf, type Comparison } from "./comparison.ts";
import { renderComparison } from "./html.ts";
import { cellLayout, comparisonLayout } from "./layout.ts";
import { renderMarkdown } from "./markdown.ts";
import { type Results, summariseCells } from "./results.ts";

export const failureSchema = z.strictObject({ message: z.string() });

export async function writeResults(folder: string, comparison: Comparison): Promise<Results> {
  const layout = comparisonLayout(folder);
  const release = await patientClaim(layout.locks);
  try {
    const results = readResults(folder, comparison);
    writeFileAtomic(layout.results, `${JSON.stringify(results)}\n`);
    writeFileAtomic(layout.markdown, renderMarkdown(results));
    writeFileAtomic(layout.report, renderComparison(results, comparison.methods[0]?.recipe.task.name ?? ""));
    return results;
  } finally {
    release();
  }
}

function readResults(folder: string, comparison: Comparison): Results {
  const names = cellsOf(comparison);
  const cells = names.flatMap((name) => readResult(cellLayout(folder, name).result) ?? []);
  const failures = names.flatMap((name) => {
    const { failure } = cellLayout(folder, name);
    if (!existsSync(failure)) return [];
    const text = withFileErrors("read", failure, () => readFileSync(failure, "utf8"));
    return [{ ...name, why: failureSchema.parse(JSON.parse(text)).message }];
  });
  return summariseCells({ comparison, cells, failures });
}

const WAIT_MS = 100;
const MOST_WAITS = 600;

/** Another process writes for a second or two; what it read may be older than what this one knows, so this one has to write after it. */
async function patientClaim(locks: string): Promise<() => void> {
  for (let waits = 0; ; waits++) {
    const taken = claim(locks, "results");
    if (taken.held) return taken.release;
    if (waits >= MOST_WAITS) {
      throw new AepoError("run", `the results are being written by another process all the time`, {
        exists: `process ${taken.by.pid} on ${taken.by.host}`,
        fix: `if it is gone, remove ${taken.file}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}
