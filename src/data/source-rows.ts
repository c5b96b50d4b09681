/** The rows of one source of a recipe: a file, files of the Hub, or what a TypeScript program gives. */
import { basename } from "node:path";
import { downloadDataset, type HubDatasetFiles } from "../models/hub/download-dataset.ts";
import type { HubOptions } from "../models/hub/session.ts";
import { isDatasetSpec } from "../models/hub/spec.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import { jsonOf } from "./json-value.ts";
import { isRowFile, openRows } from "./open-rows.ts";
import type { QuestionSource } from "./question-options.ts";
import { dataError, type Row, rowOf } from "./row.ts";
import type { RowSource } from "./row-source.ts";

export interface SourceContext {
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onBadRow?: ((error: AepoError) => void) | undefined;
}

export interface SourceRows {
  /** For messages and ids: the file's name without its folder, or the repository and path on the Hub. */
  readonly name: string;
  readonly rows: AsyncIterable<Row>;
}

/** Whether the first value of `file` is reachable is only known here; rows are read when they are asked for. */
export async function sourceRows(source: QuestionSource, context: SourceContext): Promise<SourceRows> {
  const { file, rows } = source;
  if (rows !== undefined) return { name: "rows", rows: givenRows(rows, context) };
  if (file === undefined) throw new AepoError("config", "a source of questions has neither file nor rows");
  if (!isDatasetSpec(file)) return { name: basename(file), rows: openRows(file, context) };
  const found = await downloadDataset(file, isRowFile, {
    ...context.hub,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return { name: found.name, rows: rowsOfAll(found, context) };
}

async function* rowsOfAll({ paths }: HubDatasetFiles, context: SourceContext): AsyncGenerator<Row> {
  for (const path of paths) yield* openRows(path, context);
}

async function* givenRows(source: RowSource, { onBadRow }: SourceContext): AsyncGenerator<Row> {
  let number = 0;
  for await (const values of typeof source === "function" ? await source() : source) {
    const place = `rows, row ${++number}`;
    let row: Row;
    try {
      row = rowOf(plainValues(values, place), place);
    } catch (thrown) {
      if (onBadRow === undefined || !(thrown instanceof AepoError)) throw thrown;
      onBadRow(thrown);
      continue;
    }
    yield row;
  }
}

function plainValues(values: unknown, place: string): unknown {
  try {
    return jsonOf(values);
  } catch (thrown) {
    throw dataError(place, `a row is data, as JSON has it: ${messageOf(thrown)}`, { cause: thrown });
  }
}
