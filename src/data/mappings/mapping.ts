/** The contract of a ready-made mapping: how the rows of a known data set become questions. Each is one small file, a record. */
import type { JsonObject } from "../../std/json.ts";
import type { Columns } from "../columns.ts";
import type { DataQuestion, QuestionKind } from "../question-set.ts";
import type { Row } from "../row.ts";

/** A question before it has its name. */
export type QuestionDraft = Omit<DataQuestion, "id" | "source"> & { readonly id: string | null };

export interface Mapping {
  readonly name: string;
  /** Which data set, as which files have it. */
  readonly about: string;
  readonly columns: Columns;
  readonly kind: QuestionKind | ((values: JsonObject) => QuestionKind);
  /** Columns that only this data set has: any one of these lists, whole. */
  readonly marks: readonly (readonly string[])[];
  /** How its files and repositories are called, where its columns are those of others too. */
  readonly named: RegExp | null;
  /** What figures call it, if the rows say so themselves. */
  readonly sourceOf?: (values: JsonObject) => string | null;
  /** Before the columns are read: what is enciphered, or a row that is no question. Throws what `dataError` makes. */
  readonly decode?: (row: Row) => Row;
  /** After: what the text itself holds. */
  readonly refine?: (draft: QuestionDraft, row: Row) => QuestionDraft;
}

/** A pattern of whole words in a file's name, in which `_`, `-` and `.` end a word. */
export function nameOf(pattern: string): RegExp {
  return new RegExp(`(?<![a-z0-9])(?:${pattern})(?![a-z0-9])`, "i");
}
