/** One row as a question, its columns checked where they stand. Every text is mended on its way. */
import type { JsonObject } from "../std/json.ts";
import { acceptedAnswers } from "./accepted-answers.ts";
import { letterOf, MAX_CHOICES, withChoices } from "./choices.ts";
import type { Columns } from "./columns.ts";
import { type Field, listOf, stringOf, unpacked, wrong } from "./fields.ts";
import type { QuestionDraft } from "./mappings/mapping.ts";
import { messagesOf } from "./messages.ts";
import type { QuestionKind } from "./question-set.ts";
import type { Row } from "./row.ts";
import { type Candidates, columnOf, neededColumn, valueAt } from "./row-columns.ts";

export function readQuestion(
  row: Row,
  columns: Columns,
  kind: QuestionKind,
  mend: (text: string) => string,
): QuestionDraft {
  const { prompt, system } = promptOf(neededColumn(row, columns.prompt), mend);
  const choices = columns.choices === undefined ? null : choicesOf(neededColumn(row, columns.choices)).map(mend);
  const answers = acceptedAnswers(row, columns.answers, choices, mend);
  const told = columns.system === undefined ? null : optionalText(row, columns.system);
  const level = columns.level === undefined ? null : optionalText(row, columns.level);
  return {
    id: columns.id === undefined ? null : optionalText(row, columns.id),
    prompt: choices === null ? prompt : withChoices(prompt, choices),
    answers: choices === null ? answers : withChoiceTexts(answers, choices),
    ...(choices === null ? {} : { choices }),
    ...(level === null ? {} : { level }),
    kind,
    ...optional("system", told === null ? system : mend(told)),
    data: keptColumns(row, columns.data ?? []),
  };
}

function promptOf(field: Field, mend: (text: string) => string): { prompt: string; system: string | null } {
  if (typeof field.value === "string") return { prompt: filled(field, mend(field.value)), system: null };
  if (!Array.isArray(field.value)) throw wrong(field, "a text or a list of messages");
  const messages = messagesOf(field, mend);
  const roles = messages.map(({ role }) => role).join(", ");
  const [first, second] = messages;
  if (roles === "user" && first !== undefined) return { prompt: filled(field, first.content), system: null };
  if (roles === "system, user" && first !== undefined && second !== undefined)
    return { prompt: filled(field, second.content), system: first.content };
  throw wrong({ ...field, value: roles }, "messages by system and user, or by user alone");
}

function filled(field: Field, text: string): string {
  if (text.trim() !== "") return text;
  throw wrong(field, "a question that is not empty");
}

function choicesOf(field: Field): string[] {
  const choices = listOf(unpacked(field)).map(stringOf);
  if (choices.length >= 2 && choices.length <= MAX_CHOICES) return choices;
  throw wrong(field, `2 to ${MAX_CHOICES} choices`);
}

/** Who writes out the right choice has answered, too. */
function withChoiceTexts(answers: readonly string[], choices: readonly string[]): string[] {
  const texts = answers.flatMap((answer) => choices.filter((_, i) => letterOf(i) === answer.toUpperCase()));
  return [...new Set([...answers, ...texts])];
}

function optionalText(row: Row, candidates: Candidates): string | null {
  const field = columnOf(row, candidates);
  if (field === null) return null;
  const { value } = field;
  if (typeof value === "string") return value.trim() === "" ? null : value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw wrong(field, "a text or a number");
}

function optional<Key extends string>(key: Key, value: string | null): { readonly [K in Key]?: string } {
  return (value === null ? {} : { [key]: value }) as { readonly [K in Key]?: string };
}

function keptColumns({ values }: Row, kept: NonNullable<Columns["data"]>): JsonObject {
  const names = Array.isArray(kept) ? kept.map((path) => [path, path] as const) : Object.entries(kept);
  const found = names.map(([name, path]) => [name, valueAt(values, path)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null)) as JsonObject;
}
