/** The rows of what a recipe calls a file: one on this disk, or files of a Hub data set, fetched where they are not there yet. */
import { basename } from "node:path";
import { downloadDataset } from "../models/hub/download-dataset.ts";
import type { HubOptions } from "../models/hub/session.ts";
import { isDatasetSpec } from "../models/hub/spec.ts";
import { isRowFile, openRows, type RowOptions } from "./open-rows.ts";
import type { Row } from "./row.ts";

export interface FileContext extends RowOptions {
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface NamedRows {
  /** For messages and ids: the file's name without its folder, or the repository and path on the Hub. */
  readonly name: string;
  readonly rows: AsyncIterable<Row>;
}

/** Downloads end before it returns; rows are read when they are asked for. */
export async function fileRows(file: string, context: FileContext): Promise<NamedRows> {
  if (!isDatasetSpec(file)) return { name: basename(file), rows: openRows(file, context) };
  const { signal } = context;
  const { name, paths } = await downloadDataset(file, isRowFile, {
    ...context.hub,
    ...(signal === undefined ? {} : { signal }),
  });
  return { name, rows: rowsOfAll(paths, context) };
}

async function* rowsOfAll(paths: readonly string[], context: FileContext): AsyncGenerator<Row> {
  for (const path of paths) yield* openRows(path, context);
}
