/** The rows of one source of a recipe: those of a file, or what a TypeScript program gives. */
import { AepoError, messageOf } from "../std/errors.ts";
import { type FileContext, fileRows, type NamedRows } from "./file-rows.ts";
import { jsonOf } from "./json-value.ts";
import type { QuestionSource } from "./question-options.ts";
import { dataError, type Row, rowOf } from "./row.ts";
import type { RowSource } from "./row-source.ts";

export async function sourceRows({ file, rows }: QuestionSource, context: FileContext): Promise<NamedRows> {
  if (rows !== undefined) return { name: "rows", rows: givenRows(rows, context) };
  if (file !== undefined) return fileRows(file, context);
  throw new AepoError("config", "a source of questions has neither file nor rows");
}

async function* givenRows(source: RowSource, { onBadRow }: FileContext): AsyncGenerator<Row> {
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
