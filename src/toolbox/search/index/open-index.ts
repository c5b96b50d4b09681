/** The index of a corpus: the one that is there if it is of this corpus and these settings, else made now. */
import { resolve } from "node:path";
import { AepoError } from "../../../std/errors.ts";
import { buildIndex, settingsText } from "./build-index.ts";
import type { BuildOptions } from "./build-options.ts";
import { type CorpusListing, listCorpus } from "./corpus-files.ts";
import { contentFingerprint, listingFingerprint } from "./fingerprint.ts";
import { headerAt, INDEX_FORMAT, type IndexHeader } from "./index-file.ts";
import type { IndexSettings } from "./index-settings.ts";
import { readIndex, type SearchIndex } from "./read-index.ts";

export interface IndexPlace {
  /** Folder or file; without it the index is taken as it is. */
  readonly corpus?: string | undefined;
  /** Beside the corpus where it is left out. */
  readonly index?: string | undefined;
}

export interface FreshIndex {
  readonly path: string;
  readonly header: IndexHeader;
  /** It was made now. */
  readonly built: boolean;
}

export async function openIndex(
  place: IndexPlace,
  settings: IndexSettings,
  options: BuildOptions = {},
): Promise<SearchIndex> {
  const { corpus, index } = place;
  if (corpus !== undefined) return readIndex((await freshIndex(corpus, index, settings, options)).path);
  if (index !== undefined) return readIndex(index);
  throw new AepoError("config", "a search index needs a corpus or an index", {
    fix: "set corpus to a folder or a file of rows, or index to a file that aepo index has made",
  });
}

/** Makes the index unless the one at its place is of this corpus. */
export async function freshIndex(
  corpus: string,
  index: string | undefined,
  settings: IndexSettings,
  options: BuildOptions = {},
): Promise<FreshIndex> {
  const path = index ?? `${resolve(corpus)}.search-index`;
  const listing = listCorpus(corpus);
  const found = headerAt(path);
  if (found !== null && (await isOf(found, listing, settings, options.signal)))
    return { path, header: found, built: false };
  return { path, header: await buildIndex(listing, path, settings, options), built: true };
}

async function isOf(
  found: IndexHeader,
  { files }: CorpusListing,
  settings: IndexSettings,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (found.format !== INDEX_FORMAT || found.settings !== settingsText(settings) || found.files !== files.length)
    return false;
  return found.listing === listingFingerprint(files) || found.content === (await contentFingerprint(files, signal));
}
