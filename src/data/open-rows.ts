/** The rows of a data file by its name: JSON lines, a JSON array, CSV (all also as .gz) or Parquet. */
import { stat } from "node:fs/promises";
import { AepoError, messageOf } from "../std/errors.ts";
import { csvRows } from "./csv-rows.ts";
import { readLines, readText } from "./lines.ts";
import { parquetRows } from "./parquet-rows.ts";
import { parseJson } from "./parse-json.ts";
import { dataError, type Row, rowOf } from "./row.ts";

const BYTE_ORDER_MARK = /^\uFEFF/;

export interface RowOptions {
  /** Told of a row that cannot be read, which is then left out. Without it, reading stops there; a damaged file always stops. */
  readonly onBadRow?: ((error: AepoError) => void) | undefined;
}

const FORMAT = /\.(jsonl|ndjson|json|csv|tsv|parquet)(?:\.gz)?$/i;

/** Whether a file of that name is read. */
export function isRowFile(path: string): boolean {
  return FORMAT.test(path) && !/\.parquet\.gz$/i.test(path);
}

/** Rows in the order of the file; reading starts when they are asked for. */
export function openRows(path: string, options: RowOptions = {}): AsyncIterable<Row> {
  const kind = FORMAT.exec(path)?.[1]?.toLowerCase();
  if (kind === undefined || !isRowFile(path)) {
    throw new AepoError("config", `${path} is of no known format`, {
      expected: ".jsonl, .ndjson, .json, .csv, .tsv (each also .gz) or .parquet",
    });
  }
  return rows(path, kind, options);
}

async function* rows(path: string, kind: string, { onBadRow }: RowOptions): AsyncGenerator<Row> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw dataError(path, `cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  });
  if (!found.isFile()) throw dataError(path, "not a file");
  const leaveOut = (thrown: unknown): void => {
    if (onBadRow === undefined || !(thrown instanceof AepoError)) throw thrown;
    onBadRow(thrown);
  };
  if (kind === "parquet") yield* parquetRows(path);
  else if (kind === "json") yield* arrayRows(path, leaveOut);
  else if (kind === "csv" || kind === "tsv") yield* csvRows(path, kind === "tsv" ? "\t" : null, leaveOut);
  else yield* lineRows(path, leaveOut);
}

/** Rethrows, or notes that what was thrown costs a row. */
type LeaveOut = (thrown: unknown) => void;

function* kept(row: () => Row, leaveOut: LeaveOut): Generator<Row> {
  let made: Row;
  try {
    made = row();
  } catch (thrown) {
    return leaveOut(thrown);
  }
  yield made;
}

async function* lineRows(path: string, leaveOut: LeaveOut): AsyncGenerator<Row> {
  for await (const { text, number } of readLines(path, leaveOut)) {
    const json = text.replace(BYTE_ORDER_MARK, "");
    if (json.trim() !== "") yield* kept(() => rowOf(parseJson(json, path, number), `${path}:${number}`), leaveOut);
  }
}

/** Many a .json holds JSON lines: what begins with a brace is read so. */
async function* arrayRows(path: string, leaveOut: LeaveOut): AsyncGenerator<Row> {
  for await (const { text } of readLines(path)) {
    const start = text.replace(BYTE_ORDER_MARK, "").trimStart()[0];
    if (start === undefined) continue;
    if (start === "{") return yield* lineRows(path, leaveOut);
    break;
  }
  const list = parseJson((await readText(path)).replace(BYTE_ORDER_MARK, ""), path, 1);
  if (!Array.isArray(list)) throw dataError(path, "neither a list of rows nor one row a line");
  for (const [i, value] of list.entries()) yield* kept(() => rowOf(value, `${path}, row ${i + 1}`), leaveOut);
}
