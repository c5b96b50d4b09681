/** The report of a run folder, written into it: reads the records, leaves everything else as it is. */
import { existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../run/atomic.ts";
import { withFileErrors } from "../run/failures.ts";
import { readJournal } from "../run/journal.ts";
import { runLayout } from "../run/layout.ts";
import type { HeaderRecord, MetricRecord } from "../run/records.ts";
import { AepoError } from "../std/errors.ts";
import { readChosenRollouts } from "./chosen-rollouts.ts";
import { renderReport } from "./html.ts";
import type { TokenText } from "./token-text.ts";

/** Path of the file. Throws when the folder holds no run. */
export function writeReport(folder: string, tokenText?: TokenText): string {
  const layout = runLayout(folder);
  if (!existsSync(layout.config)) {
    throw new AepoError("run", `${folder} is not a run folder`, {
      expected: "a folder with config.json and metrics.jsonl, made by aepo train",
      exists: existsSync(folder) ? "a folder without them" : "no such folder",
    });
  }
  const records = readJournal<MetricRecord>(layout.metrics);
  const page = renderReport({
    header: records.find((record): record is HeaderRecord => record.kind === "header") ?? null,
    config: readConfig(layout.config),
    records,
    rollouts: readChosenRollouts(layout.rollouts),
    ...(tokenText === undefined ? {} : { tokenText }),
  });
  writeFileAtomic(layout.report, page);
  return layout.report;
}

function readConfig(path: string): unknown {
  const text = withFileErrors("read", path, () => readFileSync(path, "utf8"));
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("run", `${path} is not JSON`, {
      exists: text.slice(0, 80),
      cause: thrown,
    });
  }
}
