/**
 * The rows of a CSV file (RFC 4180): quoted fields with delimiters, quotes and line breaks in them, CRLF or LF, a byte-order mark.
 * The first record names the columns; every value is a text. A record begins where it is reported.
 */
import { AepoError } from "../std/errors.ts";
import { detachedText } from "./detached-text.ts";
import { MAX_TEXT_BYTES, readLines } from "./lines.ts";
import { dataError, type Row } from "./row.ts";

/** Rethrows, or notes that what was thrown costs a row. */
type LeaveOut = (thrown: unknown) => void;

/** `delimiter`, or null: what the first line has of comma, semicolon and tab. */
export async function* csvRows(path: string, delimiter: string | null, leaveOut: LeaveOut): AsyncGenerator<Row> {
  let columns: readonly string[] | null = null;
  let separator = delimiter;
  let open: OpenRecord | null = null;
  for await (const { text, number } of readLines(path, leaveOut)) {
    separator ??= separatorOf(text);
    open ??= { line: number, fields: [], quoted: null, length: 0, problem: null };
    scanLine(open, number === 1 ? text.replace(/^\uFEFF/, "") : text, separator);
    if (open.quoted !== null) {
      if (open.length > MAX_TEXT_BYTES) break;
      continue;
    }
    const record = open;
    open = null;
    if (isBlank(record)) continue;
    if (columns === null) columns = columnNames(record, path);
    else {
      try {
        yield rowOfRecord(record, columns, path);
      } catch (thrown) {
        leaveOut(thrown);
      }
    }
  }
  if (open !== null) {
    const where = columns?.[open.fields.length] ?? `field ${open.fields.length + 1}`;
    throw dataError(`${path}:${open.line}`, `${where} begins with a quote that never ends`, {
      fix: 'close it, or write a quote inside a quoted field twice: ""',
    });
  }
}

interface OpenRecord {
  /** Of the file, where it begins. */
  readonly line: number;
  readonly fields: string[];
  /** Pieces of a quoted field that has not ended yet. */
  quoted: string[] | null;
  length: number;
  problem: string | null;
}

/** Takes one line of the file into the record; its fields are whole where `quoted` is null afterwards. */
function scanLine(record: OpenRecord, line: string, separator: string): void {
  record.length += line.length + 1;
  const end = line.endsWith("\r") ? line.length - 1 : line.length;
  let at = 0;
  if (record.quoted !== null) {
    record.quoted.push("\n");
    at = takeQuoted(record, line, 0, end, separator) + 1;
    if (record.quoted !== null) return;
  }
  for (; at <= end; at++) {
    if (line[at] === '"') {
      record.quoted = [];
      at = takeQuoted(record, line, at + 1, end, separator);
      if (record.quoted !== null) return;
      continue;
    }
    const next = line.indexOf(separator, at);
    const stop = next < 0 || next > end ? end : next;
    record.fields.push(line.slice(at, stop));
    at = stop;
  }
}

/** Up to the quote that ends the field; returns where the separator behind it stands. */
function takeQuoted(record: OpenRecord, line: string, from: number, end: number, separator: string): number {
  const pieces = record.quoted ?? [];
  for (let at = from; ; ) {
    const quote = line.indexOf('"', at);
    // What ends with the line belongs to the field, its carriage return too.
    if (quote < 0) {
      pieces.push(line.slice(at));
      return line.length;
    }
    pieces.push(line.slice(at, quote));
    if (line[quote + 1] === '"') {
      pieces.push('"');
      at = quote + 2;
      continue;
    }
    record.quoted = null;
    record.fields.push(pieces.join(""));
    const next = line.indexOf(separator, quote + 1);
    const stop = next < 0 || next > end ? end : next;
    if (stop > quote + 1) record.problem ??= `text behind the quote that ends field ${record.fields.length}`;
    return stop;
  }
}

function isBlank({ fields }: OpenRecord): boolean {
  return fields.length === 1 && fields[0]?.trim() === "";
}

function separatorOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, "");
  return [",", ";", "\t"].find((sign) => bare.includes(sign)) ?? ",";
}

function columnNames(record: OpenRecord, path: string): readonly string[] {
  const place = `${path}:${record.line}`;
  if (record.problem !== null) throw dataError(place, record.problem);
  if (record.fields.some((name) => name.includes("\r"))) {
    throw dataError(place, "lines end with a carriage return alone", { fix: "write it with line feeds" });
  }
  const names = record.fields.map((name, i) => (name === "" ? `column ${i + 1}` : name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw dataError(place, `the column ${JSON.stringify(twice)} is there twice`);
  return names;
}

function rowOfRecord(record: OpenRecord, columns: readonly string[], path: string): Row {
  const place = `${path}:${record.line}`;
  const { fields, problem } = record;
  if (problem !== null) throw dataError(place, problem);
  if (fields.length === columns.length) {
    return { values: Object.fromEntries(columns.map((name, i) => [name, detachedText(fields[i] ?? "")])), place };
  }
  const last = columns[Math.min(fields.length, columns.length) - 1] ?? "";
  throw new AepoError("config", `${place}: ${fields.length} fields, the last one read as ${JSON.stringify(last)}`, {
    expected: `${columns.length}: ${columns.join(", ")}`,
    fix: "put fields with delimiters or line breaks in them in quotes",
  });
}
