/**
 * The files of a corpus: one file of rows or text, or a folder with everything below it. A link inside a folder is never followed: it
 * could lead out of it; what it would have added is there under its own name, or was not given.
 */
import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { isRowFile } from "../../../data/open-rows.ts";
import { AepoError, messageOf } from "../../../std/errors.ts";
import { note, type Tally } from "./tally.ts";

export interface CorpusFile {
  readonly path: string;
  /** Below the corpus, with `/`: the same on every machine. */
  readonly name: string;
  readonly kind: "text" | "rows";
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface CorpusListing {
  readonly corpus: string;
  readonly files: readonly CorpusFile[];
  readonly bytes: number;
  /** What is there and is not read. */
  readonly left: Tally;
}

const TEXT = /\.(?:txt|text|md|markdown)$/i;
/** A .json in a folder is more often a description of the folder than a part of the corpus. */
const ONLY_BY_NAME = /\.json(?:\.gz)?$/i;
const EXPECTED =
  "a folder of .txt and .md files and files of rows, or one of them: .jsonl, .ndjson, .json, .csv, .tsv (each also .gz), .parquet, .txt or .md";

/** Throws `AepoError("config")` where there is nothing to index. */
export function listCorpus(corpus: string): CorpusListing {
  const left: Tally = new Map();
  const found = rootStats(corpus);
  const files = found.isDirectory() ? filesBelow(corpus, left) : [namedFile(corpus, found)];
  if (files.length === 0) {
    const counted = [...left].map(([what, { count }]) => `${count} ${what}`);
    throw new AepoError("config", `the corpus ${corpus} has no documents`, {
      expected: EXPECTED,
      exists: counted.length === 0 ? "an empty folder" : counted.join(", "),
    });
  }
  return { corpus, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), left };
}

function rootStats(corpus: string): Stats {
  try {
    return statSync(corpus);
  } catch (thrown) {
    throw new AepoError("config", `the corpus ${corpus} cannot be read: ${messageOf(thrown)}`, { expected: EXPECTED });
  }
}

/** Whoever names a link means what it leads to. */
function namedFile(corpus: string, stats: Stats): CorpusFile {
  const kind = TEXT.test(corpus) ? "text" : isRowFile(corpus) ? "rows" : null;
  if (kind !== null && stats.isFile()) return corpusFile(realpathSync(corpus), basename(corpus), kind, stats);
  throw new AepoError("config", `${corpus} is no corpus`, { expected: EXPECTED });
}

function filesBelow(corpus: string, left: Tally): CorpusFile[] {
  const root = realpathSync(corpus);
  const files: CorpusFile[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(root, path).replaceAll("\\", "/");
      if (entry.isSymbolicLink()) note(left, linkWords(path, root), name);
      else if (entry.name.startsWith(".")) note(left, "hidden files and folders, not read", name);
      else if (entry.isDirectory()) folders.push(path);
      else if (!entry.isFile()) note(left, "things that are no files, not read", name);
      else if (TEXT.test(name)) files.push(corpusFile(path, name, "text", lstatSync(path)));
      else if (isRowFile(name) && !ONLY_BY_NAME.test(name)) files.push(corpusFile(path, name, "rows", lstatSync(path)));
      else note(left, "files of other kinds, not read", name);
    }
  }
  // The order of a folder's entries is the file system's; ours is the same everywhere.
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function linkWords(path: string, root: string): string {
  try {
    const target = realpathSync(path);
    return target === root || target.startsWith(`${root}/`)
      ? "links inside the corpus, not followed"
      : "links out of the corpus, not followed";
  } catch {
    return "links to nothing";
  }
}

function corpusFile(path: string, name: string, kind: "text" | "rows", { size, mtimeMs }: Stats): CorpusFile {
  return { path, name, kind, bytes: size, modifiedMs: mtimeMs };
}
