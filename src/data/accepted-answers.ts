/** The accepted answers of a row, however its data set writes them. What is empty is no answer. */
import { lastBoxed } from "./boxed.ts";
import { letterOf } from "./choices.ts";
import { detachedText } from "./detached-text.ts";
import type { AnswerColumn, Columns } from "./columns.ts";
import { type Field, listOf, unpacked, wrong } from "./fields.ts";
import type { Row } from "./row.ts";
import { columnOf, neededColumn } from "./row-columns.ts";

type Mend = (text: string) => string;

/** At least one, each once. Texts are mended before they are looked into: a broken `\frac` begins with what would be trimmed. */
export function acceptedAnswers(
  row: Row,
  told: Columns["answers"],
  choices: readonly string[] | null,
  mend: Mend,
): string[] {
  const ways = (Array.isArray(told) ? told : [told]).map((way) => (typeof way === "string" ? { column: way } : way));
  const way = ways.find(({ column }) => columnOf(row, column) !== null);
  const field = neededColumn(row, way?.column ?? ways.flatMap(({ column }) => column));
  const texts = answersIn(field, way ?? { column: [] }, choices, mend);
  const also = way?.also === undefined ? null : columnOf(row, way.also);
  const all = [...texts, ...(also === null ? [] : textsOf(also).map(mend))].map((text) => text.trim());
  const answers = [...new Set(all.filter((text) => text !== "").map(detachedText))];
  if (answers.length === 0) throw wrong(field, "an answer that is not empty");
  return answers;
}

function answersIn(field: Field, way: AnswerColumn, choices: readonly string[] | null, mend: Mend): string[] {
  const { as = "text", after, boxed = false, delimiter } = way;
  if (as === "json") return textsOf(unpacked(field)).map(mend);
  if (as === "index") return [choiceAt(field, choices ?? [])];
  let texts = textsOf(field).map(mend);
  if (after !== undefined) texts = texts.map((text) => behind(field, text, after));
  if (boxed) texts = texts.map((text) => lastBoxed(text) ?? fail(field, "a text with \\boxed{…} in it"));
  return delimiter === undefined ? texts : texts.flatMap((text) => text.split(delimiter));
}

function textsOf(field: Field): string[] {
  const { value } = field;
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (!Array.isArray(value)) throw wrong(field, "a text, a number or a list of them");
  return listOf(field).flatMap((element) => {
    if (element.value === null) return [];
    if (Array.isArray(element.value)) throw wrong(element, "a text or a number");
    return textsOf(element);
  });
}

function behind(field: Field, text: string, mark: string): string {
  const at = text.lastIndexOf(mark);
  return at < 0 ? fail(field, `a text with ${mark} in it`) : text.slice(at + mark.length);
}

function choiceAt(field: Field, choices: readonly string[]): string {
  const index = typeof field.value === "string" && /^\d+$/.test(field.value) ? Number(field.value) : field.value;
  if (typeof index === "number" && choices[index] !== undefined) return letterOf(index);
  throw wrong(field, `the number of a choice, 0 to ${choices.length - 1}`);
}

function fail(field: Field, expected: string): never {
  throw wrong(field, expected);
}
