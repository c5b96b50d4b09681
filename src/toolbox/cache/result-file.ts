/**
 * Results of tools that outlive the run: JSONL, one [key, text] a line, appended as they come. A line that cannot be read is a
 * result that is not known, no more; what is twice in the file, or beyond its bounds, is left out when it is next opened.
 */
import { MemoryStore, type ResultStore, type StoreBounds } from "../../tools/around/result-store.ts";
import { writeFileAtomic } from "../../run/atomic.ts";
import { openLineFile } from "../append-lines.ts";
import { cutUnfinished, wholeLines } from "../whole-lines.ts";

export interface ResultFile extends ResultStore {
  /** Results known. */
  readonly size: number;
  close(): void;
}

export function openResultFile(path: string, bounds: StoreBounds): ResultFile {
  const known = new MemoryStore(bounds);
  let lines = 0;
  for (const { text } of wholeLines(path)) {
    lines++;
    const entry = entryOf(text);
    if (entry !== null) known.set(...entry);
  }
  const size = lines > known.size ? rewrite(path, known) : cutUnfinished(path);
  const file = openLineFile(path, size, "append");
  return {
    get size() {
      return known.size;
    },
    get: (key) => known.get(key),
    set(key, text) {
      known.set(key, text);
      file.append(lineOf(key, text));
    },
    close: () => file.close(),
  };
}

function entryOf(line: string): [string, string] | null {
  try {
    const entry: unknown = JSON.parse(line);
    if (!Array.isArray(entry) || entry.length !== 2) return null;
    const [key, text] = entry as unknown[];
    return typeof key === "string" && typeof text === "string" ? [key, text] : null;
  } catch {
    return null;
  }
}

function lineOf(key: string, text: string): string {
  return JSON.stringify([key, text]);
}

function rewrite(path: string, known: MemoryStore): number {
  const content = Buffer.from([...known.entries()].map(([key, text]) => `${lineOf(key, text)}\n`).join(""));
  writeFileAtomic(path, content);
  return content.byteLength;
}
