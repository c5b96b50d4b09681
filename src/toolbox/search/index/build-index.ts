/**
 * Makes the index of a corpus: words of every passage into segments of bounded size, so that memory does not grow with the corpus. Written
 * beside its place and renamed into it: a build that is killed leaves the old index, or none, and what it wrote is swept by the next.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "libsql";
import { flushFolder } from "../../../run/atomic.ts";
import { fileError } from "../../../run/failures.ts";
import { AepoError, messageOf } from "../../../std/errors.ts";
import { documentsOf } from "./corpus-documents.ts";
import type { BuildOptions } from "./build-options.ts";
import type { CorpusListing } from "./corpus-files.ts";
import { contentFingerprint, listingFingerprint } from "./fingerprint.ts";
import { createTables, INDEX_FORMAT, type IndexDatabase, type IndexHeader } from "./index-file.ts";
import type { IndexSettings } from "./index-settings.ts";
import { passagesOf } from "./passages.ts";
import { openSegment } from "./postings.ts";
import type { Tally } from "./tally.ts";
import { sweep, temporaryPath } from "./temporary-file.ts";
import { rememberingStem, termsOf } from "./words.ts";

/** Postings of a segment: about 40 MB while it is open. */
const SEGMENT_SIZE = 4_000_000;
/** Between two looks at the signal and the clock. */
const PULSE = 500;

export async function buildIndex(
  listing: CorpusListing,
  path: string,
  settings: IndexSettings,
  options: BuildOptions,
): Promise<IndexHeader> {
  const target = resolve(path);
  const temporary = temporaryPath(target);
  makeRoom(target, temporary);
  try {
    sweep(target);
    const header = await write(listing, temporary, settings, options);
    flush(temporary);
    renameSync(temporary, target);
    flushFolder(dirname(target));
    return header;
  } catch (thrown) {
    rmSync(temporary, { force: true });
    if (options.signal?.aborted === true) throw options.signal.reason;
    throw thrown instanceof AepoError ? thrown : fileError("write the index", path, thrown);
  }
}

/** Throws where nothing can be written, before the corpus is read. */
function makeRoom(target: string, temporary: string): void {
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(temporary, "", { flag: "wx" });
  } catch (thrown) {
    throw new AepoError("config", `the search index cannot be written: ${messageOf(thrown)}`, {
      fix: "give it a place that can be: search.index in a recipe, --out of aepo index",
      cause: thrown,
    });
  }
}

async function write(
  listing: CorpusListing,
  path: string,
  settings: IndexSettings,
  { onProgress, signal }: BuildOptions,
): Promise<IndexHeader> {
  const content = await contentFingerprint(listing.files, signal);
  const database = new Database(path);
  try {
    createTables(database);
    database.exec("BEGIN");
    const writer = openWriter(database, settings.passageLength);
    const tally: Tally = new Map(listing.left);
    let [bytes, documents] = [0, 0];
    for (const file of listing.files) {
      for await (const document of documentsOf(file, settings, tally)) {
        writer.add(documents++, document);
        if (documents % PULSE !== 0) continue;
        onProgress?.({ documents, bytes, totalBytes: listing.bytes });
        await new Promise((done) => setImmediate(done));
        signal?.throwIfAborted();
      }
      bytes += file.bytes;
    }
    onProgress?.({ documents, bytes, totalBytes: listing.bytes });
    const passages = writer.finish();
    const header: IndexHeader = {
      format: INDEX_FORMAT,
      settings: settingsText(settings),
      listing: listingFingerprint(listing.files),
      content,
      files: listing.files.length,
      documents,
      passages,
      findings: [...tally],
    };
    database.prepare("INSERT INTO meta VALUES ('header', ?)").run(JSON.stringify(header));
    database.exec("COMMIT");
    return header;
  } finally {
    database.close();
  }
}

/** Equal for settings that give the same index. */
export function settingsText({ columns, passageLength, malformed }: IndexSettings): string {
  const { text, title = null, url = null } = columns;
  return JSON.stringify({ text, title, url, passageLength, malformed });
}

function openWriter(database: IndexDatabase, passageLength: number) {
  const insertPassage = database.prepare("INSERT INTO passages VALUES (?, ?, ?, ?)");
  const insertList = database.prepare("INSERT INTO postings VALUES (?, ?, ?, ?)");
  const stemmed = rememberingStem();
  const [lengths, documents]: [number[], number[]] = [[], []];
  let [segment, segments] = [openSegment(), 0];
  const flushSegment = (): void => {
    for (const [term, { passages, data }] of segment.lists())
      insertList.run(term, segments, passages, Buffer.from(data));
    [segment, segments] = [openSegment(), segments + 1];
  };
  return {
    add(document: number, { title, url, text }: { title: string; url: string; text: string }): void {
      const titleTerms = termsOf(title, stemmed);
      for (const passage of passagesOf(text, passageLength)) {
        const id = lengths.length;
        const terms = [...titleTerms, ...termsOf(passage, stemmed)];
        insertPassage.run(id, title, url, passage);
        segment.add(id, terms);
        lengths.push(terms.length);
        documents.push(document);
      }
      if (segment.size >= SEGMENT_SIZE) flushSegment();
    },
    /** Number of passages. */
    finish(): number {
      flushSegment();
      const insertArray = database.prepare("INSERT INTO arrays VALUES (?, ?)");
      for (const [name, values] of Object.entries({ lengths, documents })) {
        insertArray.run(name, Buffer.from(Uint32Array.from(values).buffer));
      }
      return lengths.length;
    },
  };
}

function flush(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
