/**
 * The documents of a corpus, one at a time. What can be read in part is (bad UTF-8 becomes U+FFFD) and counted; a row that is no row stops
 * with where it stands, or is skipped and counted if the settings say so.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { MAX_TEXT_BYTES, readLines } from "../../../data/lines.ts";
import { openRows } from "../../../data/open-rows.ts";
import { parseJson } from "../../../data/parse-json.ts";
import { dataError, type Row, rowOf, shown } from "../../../data/row.ts";
import { AepoError, messageOf } from "../../../std/errors.ts";
import type { CorpusFile } from "./corpus-files.ts";
import type { IndexSettings } from "./index-settings.ts";
import { note, type Tally } from "./tally.ts";

export interface CorpusDocument {
  readonly title: string;
  readonly url: string;
  readonly text: string;
}

const LINES = /\.(?:jsonl|ndjson)(?:\.gz)?$/i;
/** Controls that act on a display or end a string in C, and halves of pairs: they are no text. */
const NO_TEXT = /(?![\t\n])[\p{Cc}\p{Cs}]/gu;

/** Documents that have a text. */
export async function* documentsOf(
  file: CorpusFile,
  settings: IndexSettings,
  tally: Tally,
): AsyncGenerator<CorpusDocument> {
  if (file.kind === "text") {
    const document = textDocument(file, tally);
    if (document !== null) yield document;
    return;
  }
  const seen = new Set<string>();
  for await (const row of rowsOf(file, settings, tally)) {
    for (const name of Object.keys(row.values)) seen.add(name);
    const document = rowDocument(row, settings, tally);
    if (document !== null) yield document;
  }
  const { title, url } = settings.columns;
  for (const [field, name] of Object.entries({ title, url })) {
    if (name !== undefined && seen.size > 0 && !seen.has(name)) throw noColumn(file.name, field, name, [...seen]);
  }
}

function textDocument(file: CorpusFile, tally: Tally): CorpusDocument | null {
  const bytes = fileBytes(file);
  if (bytes === null) {
    note(tally, `files of more than ${MAX_TEXT_BYTES} bytes, not read`, file.name);
    return null;
  }
  const { text, replaced } = decoded(bytes);
  if (replaced) note(tally, "documents with bytes that are no UTF-8, replaced by U+FFFD", file.name);
  const clean = cleaned(text);
  if (clean.trim() === "") {
    note(tally, "empty documents", file.name);
    return null;
  }
  const heading = /\.(?:md|markdown)$/i.test(file.name) ? /^#{1,6}[ \t]+(\S.{0,300})$/m.exec(clean)?.[1] : undefined;
  const name = file.name.replace(/\.[^.]+$/, "").replace(/^.*\//, "");
  return { title: (heading ?? name).trim(), url: file.name, text: clean };
}

/** Null for a file that no string can hold. Not followed if it has become a link since it was listed. */
function fileBytes({ path, name }: CorpusFile): Uint8Array | null {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return fstatSync(file).size > MAX_TEXT_BYTES ? null : readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    throw dataError(name, `cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function decoded(bytes: Uint8Array): { readonly text: string; readonly replaced: boolean } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), replaced: false };
  } catch {
    return { text: new TextDecoder("utf-8").decode(bytes), replaced: true };
  }
}

async function* rowsOf(file: CorpusFile, { malformed }: IndexSettings, tally: Tally): AsyncGenerator<Row> {
  const skip = malformed === "skip";
  const onBadRow = ({ message }: AepoError): void =>
    note(tally, "malformed rows, skipped", message.replace(file.path, file.name).split("\n")[0] ?? "");
  if (!LINES.test(file.path)) return yield* openRows(file.path, skip ? { onBadRow } : {});
  const replaced = (line: number): void =>
    note(tally, "rows with bytes that are no UTF-8, replaced by U+FFFD", `${file.name}:${line}`);
  for await (const { text, number } of readLines(file.path, undefined, replaced)) {
    const json = text.replace(/^\uFEFF/, "");
    if (json.trim() === "") continue;
    try {
      yield rowOf(parseJson(json, file.name, number), `${file.name}:${number}`);
    } catch (thrown) {
      if (!skip || !(thrown instanceof AepoError)) throw thrown;
      onBadRow(thrown);
    }
  }
}

function rowDocument(
  { values, place }: Row,
  { columns, malformed }: IndexSettings,
  tally: Tally,
): CorpusDocument | null {
  const text = Object.hasOwn(values, columns.text) ? values[columns.text] : undefined;
  if (text === null || (typeof text === "string" && text.trim() === "")) {
    note(tally, "empty documents", place);
    return null;
  }
  if (typeof text !== "string") {
    if (malformed === "skip") {
      note(tally, "malformed rows, skipped", `${place}: no text in column "${columns.text}"`);
      return null;
    }
    if (text === undefined) throw noColumn(place, "text", columns.text, Object.keys(values));
    throw dataError(place, `column "${columns.text}" is wrong`, { expected: "a text", exists: shown(text) });
  }
  return {
    title: label(values, columns.title ?? "title"),
    url: label(values, columns.url ?? "url"),
    text: cleaned(text),
  };
}

/** Titles and addresses may be numbers; whatever else they are, they are none. */
function label(values: Row["values"], column: string): string {
  const value = Object.hasOwn(values, column) ? values[column] : undefined;
  return typeof value === "string" || typeof value === "number" ? cleaned(String(value)).trim() : "";
}

function noColumn(place: string, field: string, name: string, columns: readonly string[]): AepoError {
  return dataError(place, `no column "${name}"`, {
    exists: columns.length === 0 ? "no columns" : columns.map((column) => `"${column}"`).join(", "),
    fix: `set columns.${field} (aepo index: --${field}) to one of them`,
  });
}

function cleaned(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").replace(NO_TEXT, "\ufffd");
}
