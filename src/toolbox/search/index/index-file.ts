/**
 * The file of an index: an SQLite database that is written once and then only read.
 *
 *   meta      key, value       what it is made of (`IndexHeader`, as JSON)
 *   passages  id, title, url, text
 *   postings  term, segment, passages, data    (postings.ts)
 *   arrays    name, data       32 bits a passage: its words, its document
 */
import { existsSync } from "node:fs";
import Database from "libsql";
import { z } from "zod";
import { AepoError, messageOf } from "../../../std/errors.ts";

/** Another number for every change of what is written: older files are made again. */
export const INDEX_FORMAT = "aepo-search-1";

const headerSchema = z.object({
  format: z.string(),
  settings: z.string(),
  listing: z.string(),
  content: z.string(),
  files: z.int(),
  documents: z.int(),
  passages: z.int(),
  findings: z.array(z.tuple([z.string(), z.object({ count: z.int(), first: z.string() })])),
});
export type IndexHeader = z.output<typeof headerSchema>;

export type IndexDatabase = Database.Database;

export function createTables(database: IndexDatabase): void {
  // Nobody reads it before it is whole and has its name: nothing to roll back, nothing to wait for.
  database.pragma("journal_mode = OFF");
  database.pragma("synchronous = OFF");
  database.pragma("cache_size = -65536");
  database.exec(`
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE passages (id INTEGER PRIMARY KEY, title TEXT NOT NULL, url TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE postings (term TEXT, segment INTEGER, passages INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (term, segment)) WITHOUT ROWID;
    CREATE TABLE arrays (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
  `);
}

/** Opens a file that must exist: SQLite would make a new one. Nothing can be written. */
export function openReadOnly(path: string): IndexDatabase {
  if (!existsSync(path)) throw notAnIndex(path, "there is no such file");
  try {
    const database = new Database(path);
    database.pragma("query_only = ON");
    return database;
  } catch (thrown) {
    throw notAnIndex(path, messageOf(thrown));
  }
}

export function readHeader(path: string, database: IndexDatabase): IndexHeader {
  try {
    const row = database.prepare("SELECT value FROM meta WHERE key = 'header'").get() as { value: unknown } | undefined;
    return headerSchema.parse(JSON.parse(String(row?.value)));
  } catch (thrown) {
    throw notAnIndex(path, messageOf(thrown).split("\n")[0] ?? "");
  }
}

/** The header of what is at a path; null where nothing is. Throws on what is no index: it is not ours to replace. */
export function headerAt(path: string): IndexHeader | null {
  if (!existsSync(path)) return null;
  const database = openReadOnly(path);
  try {
    return readHeader(path, database);
  } finally {
    database.close();
  }
}

export function notAnIndex(path: string, why: string): AepoError {
  return new AepoError("config", `${path} is no search index: ${why}`, {
    fix: "make one with aepo index CORPUS --out FILE, under a name that is free",
  });
}
