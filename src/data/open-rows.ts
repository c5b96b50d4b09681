/** The rows of a data file by its name: JSON lines, a JSON array (both also as .gz) or Parquet. */
import { stat } from "node:fs/promises";
import { AepoError, messageOf } from "../std/errors.ts";
import { readLines, readText } from "./lines.ts";
import { parquetRows } from "./parquet-rows.ts";
import { parseJson } from "./parse-json.ts";
import { dataError, type Row, rowOf } from "./row.ts";

const BYTE_ORDER_MARK = /^\uFEFF/;

/** Rows in the order of the file; reading starts when they are asked for. */
export function openRows(path: string): AsyncIterable<Row> {
  const kind = /\.(jsonl|ndjson|json|parquet)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  if (kind === undefined || /\.parquet\.gz$/i.test(path)) {
    throw new AepoError("config", `${path} is of no known format`, {
      expected: ".jsonl, .ndjson, .json (each also .gz) or .parquet",
    });
  }
  return rows(path, kind);
}

async function* rows(path: string, kind: string): AsyncGenerator<Row> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw dataError(path, `cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  });
  if (!found.isFile()) throw dataError(path, "not a file");
  if (kind === "parquet") yield* parquetRows(path);
  else if (kind === "json") yield* arrayRows(path);
  else yield* lineRows(path);
}

async function* lineRows(path: string): AsyncGenerator<Row> {
  for await (const { text, number } of readLines(path)) {
    const json = text.replace(BYTE_ORDER_MARK, "");
    if (json.trim() !== "") yield rowOf(parseJson(json, path, number), `${path}:${number}`);
  }
}

/** Many a .json holds JSON lines: what begins with a brace is read so. */
async function* arrayRows(path: string): AsyncGenerator<Row> {
  for await (const { text } of readLines(path)) {
    const start = text.replace(BYTE_ORDER_MARK, "").trimStart()[0];
    if (start === undefined) continue;
    if (start === "{") return yield* lineRows(path);
    break;
  }
  const list = parseJson((await readText(path)).replace(BYTE_ORDER_MARK, ""), path, 1);
  if (!Array.isArray(list)) throw dataError(path, "neither a list of rows nor one row a line");
  for (const [i, value] of list.entries()) yield rowOf(value, `${path}, row ${i + 1}`);
}
