/** An index that is open for questions. Any number of processes may read the same file. */
import { messageOf } from "../../../std/errors.ts";
import { type IndexDatabase, type IndexHeader, notAnIndex, openReadOnly, readHeader } from "./index-file.ts";
import { openRanker } from "./rank.ts";
import { termsOf } from "./words.ts";

export interface FoundPassage {
  readonly title: string;
  readonly url: string;
  readonly text: string;
  readonly score: number;
}

export interface SearchIndex {
  readonly header: IndexHeader;
  /** The best passage of each of the best documents. Every character of the query is plain text: there is no syntax. */
  search(query: string, most: number): FoundPassage[];
  close(): void;
}

export function readIndex(path: string): SearchIndex {
  const database = openReadOnly(path);
  try {
    return opened(path, database);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function opened(path: string, database: IndexDatabase): SearchIndex {
  const header = readHeader(path, database);
  const [lengths, documents] = [arrayOf(path, database, "lengths"), arrayOf(path, database, "documents")];
  if (lengths.length !== header.passages || documents.length !== header.passages)
    throw notAnIndex(path, "it is not whole");
  const lists = database.prepare("SELECT passages, data FROM postings WHERE term = ? ORDER BY segment");
  const passage = database.prepare("SELECT title, url, text FROM passages WHERE id = ?");
  const rank = openRanker({
    lengths,
    groupOf: (passage) => documents[passage] as number,
    // libsql gives a blob as a Buffer from get() and as an ArrayBuffer from all().
    find: (term) =>
      (lists.all(term) as readonly { passages: number; data: ArrayBuffer }[]).map(({ passages, data }) => ({
        passages,
        data: new Uint8Array(data),
      })),
  });
  let open = true;
  return {
    header,
    search: (query, most) =>
      rank(termsOf(query), most).map((found) => {
        const { title, url, text } = passage.get(found.passage) as FoundPassage;
        return { title, url, text, score: found.score };
      }),
    close() {
      if (open) database.close();
      open = false;
    },
  };
}

function arrayOf(path: string, database: IndexDatabase, name: string): Uint32Array {
  try {
    const row = database.prepare("SELECT data FROM arrays WHERE name = ?").get(name) as
      | { data: Uint8Array }
      | undefined;
    if (row === undefined) throw new Error(`it has no ${name}`);
    // A copy: the bytes need not stand where 32-bit numbers may.
    return new Uint32Array(new Uint8Array(row.data).buffer);
  } catch (thrown) {
    throw notAnIndex(path, messageOf(thrown));
  }
}
