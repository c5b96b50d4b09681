/** Which mapping reads a file, by its columns; where these fit several data sets, by the file's name. */
import type { JsonObject } from "../../std/json.ts";
import type { Columns } from "../columns.ts";
import { dataError, type Row } from "../row.ts";
import { columnOf, valueAt } from "../row-columns.ts";
import { MAPPING_NAMES, MAPPINGS } from "./list.ts";
import type { Mapping } from "./mapping.ts";
import { questionAnswer } from "./question-answer.ts";

/** `name`: of the file, or its repository and path on the Hub. `row`: its first. */
export function detectMapping(name: string, row: Row): Mapping {
  const fitting = MAPPINGS.filter(({ columns }) => hasColumns(row, columns));
  const found =
    fitting.find(({ named }) => named?.test(name) === true) ??
    fitting.find(({ marks }) => marks.some((columns) => columns.every((path) => isThere(row.values, path)))) ??
    fitting.find((mapping) => mapping === questionAnswer);
  if (found !== undefined) return found;
  throw dataError(row.place, "nothing says which columns hold the question and its answers", {
    expected: `columns, or a mapping: ${MAPPING_NAMES.join(", ")}`,
    exists: `columns ${Object.keys(row.values).join(", ")}`,
    fix: "say columns: {prompt: …, answers: …} for this file",
  });
}

/** By name; throws nothing: the schema knows the names. */
export function mappingNamed(name: string): Mapping {
  const found = MAPPINGS.find((mapping) => mapping.name === name);
  if (found === undefined) throw new RangeError(`no mapping ${name}`);
  return found;
}

function hasColumns(row: Row, { prompt, answers }: Columns): boolean {
  const ways = Array.isArray(answers) ? answers : [answers];
  return (
    columnOf(row, prompt) !== null &&
    ways.some((way) => columnOf(row, typeof way === "string" ? way : way.column) !== null)
  );
}

/** A column that is null in the first row is there. */
function isThere(values: JsonObject, path: string): boolean {
  return valueAt(values, path) !== undefined;
}
