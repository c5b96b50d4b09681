/**
 * Append-only JSONL files of a run. A checkpoint records how long each was; resuming cuts them back to that length, so
 * that a step that is run again is not written twice and a half-written last line disappears.
 */
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from "node:fs";
import { AepoError } from "../std/errors.ts";
import { withFileErrors } from "./failures.ts";

export interface Journal<T> {
  append(record: T): void;
  /** Bytes so far. */
  length(): number;
  /** Cuts the file back to `bytes`. Throws if it is shorter: then it is not the file the checkpoint was made with. */
  rewind(bytes: number): void;
}

export function journal<T>(path: string): Journal<T> {
  const length = (): number => (existsSync(path) ? statSync(path).size : 0);
  return {
    append: (record) => withFileErrors("append to", path, () => appendFileSync(path, `${JSON.stringify(record)}\n`)),
    length,
    rewind(bytes) {
      if (length() < bytes) {
        throw new AepoError("run", `${path} is shorter than when the checkpoint was made`, {
          expected: `at least ${bytes} bytes`,
          exists: `${length()} bytes`,
          fix: "restore the file, or resume from an earlier checkpoint (--checkpoint NAME)",
        });
      }
      if (length() > bytes) withFileErrors("truncate", path, () => truncateSync(path, bytes));
    },
  };
}

/** All whole records of a file; a last line without its newline (a run killed in a write) is left out. */
export function readJournal<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const text = withFileErrors("read", path, () => readFileSync(path, "utf8"));
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => parseLine<T>(line, path, index + 1));
}

function parseLine<T>(line: string, path: string, number: number): T {
  try {
    return JSON.parse(line) as T;
  } catch (thrown) {
    throw new AepoError("run", `${path} line ${number} is not JSON`, {
      exists: line.slice(0, 80),
      fix: "remove the line, or resume from a checkpoint: the file is then cut back to it",
      cause: thrown,
    });
  }
}
