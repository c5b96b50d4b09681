/** Which file a suite is read from: one that is named, one in a folder of data, or the public one on the Hub. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AepoError } from "../../std/errors.ts";
import type { SuiteChoice } from "./list.ts";
import type { Suite } from "./suite.ts";

const ENDING = /\.(?:jsonl|json|csv|tsv|parquet)(?:\.gz)?$/i;

/** `data`: a folder or a file (`--data`), or null. Throws AepoError("config") that says where to get it. */
export function suiteFile({ suite, file }: SuiteChoice, data: string | null): string {
  if (file !== null) return isThere(file) ? file : missing(suite, `no file ${file}`);
  if (data === null) return suite.hub;
  if (!existsSync(data)) return missing(suite, `no folder or file ${data} (--data)`);
  if (statSync(data).isFile()) return data;
  const names = readdirSync(data).toSorted();
  for (const wanted of suite.files) {
    const found = names.find((name) => ENDING.test(name) && name.replace(ENDING, "").toLowerCase() === wanted);
    if (found !== undefined) return join(data, found);
  }
  return missing(
    suite,
    `the folder ${data} has no file of the suite ${suite.name}`,
    names.filter((name) => ENDING.test(name)),
  );
}

function isThere(file: string): boolean {
  return file.startsWith("hf://") || existsSync(file);
}

function missing(suite: Suite, what: string, names: readonly string[] = []): never {
  throw new AepoError("config", what, {
    expected: `${suite.files[0]}.jsonl, .json, .csv, .tsv or .parquet: none of a suite's data ships with aepo`,
    ...(names.length === 0 ? {} : { exists: names.slice(0, 12).join(", ") }),
    fix: whereToGet(suite),
  });
}

export function whereToGet({ name, hub, note }: Suite): string {
  const condition = note === undefined ? "" : ` (${note})`;
  return `leave --data out to read ${hub}${condition}, or name a file: --suite ${name}=FILE`;
}
