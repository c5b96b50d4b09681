/** JSON of a data file: errors say line and column; nesting and size are bounded, so that no row can exhaust memory or stack. */
import { messageOf } from "../std/errors.ts";
import { jsonShapeProblem } from "../std/json-shape.ts";
import { jsonErrorIndex } from "./json-error.ts";
import { dataError } from "./row.ts";

const LIMITS = { what: "the JSON", depth: 200, values: 20_000_000 };

/** `line`: of the file, where the text begins. */
export function parseJson(text: string, file: string, line: number): unknown {
  const problem = jsonShapeProblem(text, LIMITS);
  if (problem !== null) throw dataError(`${file}:${line}`, problem);
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    const index = jsonErrorIndex(text) ?? 0;
    const before = text.slice(0, index).split("\n");
    const place = `${file}:${line + before.length - 1}:${(before.at(-1)?.length ?? 0) + 1}`;
    if (index === text.length) throw dataError(place, "not JSON: it ends too early", { cause: thrown });
    const around = JSON.stringify(text.slice(index, index + 20));
    throw dataError(place, `not JSON: ${around} cannot stand here`, { cause: new Error(messageOf(thrown)) });
  }
}
