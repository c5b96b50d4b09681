/** All questions of one source of a recipe, in the file's order, with a count of what was left out or mended. */
import { AepoError, messageOf } from "../std/errors.ts";
import type { Json, JsonObject } from "../std/json.ts";
import type { Columns } from "./columns.ts";
import type { FileContext } from "./file-rows.ts";
import { detectMapping, mappingNamed } from "./mappings/detect.ts";
import type { Mapping, QuestionDraft } from "./mappings/mapping.ts";
import type { QuestionSource } from "./question-options.ts";
import type { QuestionKind } from "./question-set.ts";
import { readQuestion } from "./read-question.ts";
import { repairReport, type Repairs, repairText } from "./repair-text.ts";
import { dataError, type Row, shown } from "./row.ts";
import { valueAt } from "./row-columns.ts";
import { sourceRows } from "./source-rows.ts";

export interface ReadOptions extends Omit<FileContext, "onBadRow"> {
  readonly onBadRow: "stop" | "skip";
  readonly onWarning: (text: string) => void;
}

export interface SourceQuestions {
  /** File, or repository and path. */
  readonly name: string;
  /** How it was read: a mapping's name, or `columns`. */
  readonly mapping: string;
  readonly questions: readonly SourcedDraft[];
  /** Rows that could not be read. */
  readonly skipped: number;
}

export interface SourcedDraft {
  readonly draft: QuestionDraft;
  /** What figures call it: a mapping, what the row says, or the file. */
  readonly source: string;
}

export async function readSource(source: QuestionSource, options: ReadOptions): Promise<SourceQuestions> {
  const bad: AepoError[] = [];
  const counted = { skipped: 0, rows: 0 };
  const note = (error: AepoError): void => {
    if (options.onBadRow === "stop") throw error;
    counted.skipped++;
    if (bad.length === 0) bad.push(error);
  };
  const { name, rows } = await sourceRows(source, {
    ...options,
    onBadRow: options.onBadRow === "skip" ? note : undefined,
  });
  const repairs: Repairs = { counts: new Map() };
  const questions: SourcedDraft[] = [];
  let reader: Reader | null = null;
  let unlike: string | null = null;
  for await (const row of rows) {
    options.signal?.throwIfAborted();
    counted.rows++;
    unlike ??= filtered(row.values, source.filter ?? {});
    if (!matches(row.values, source.filter ?? {})) continue;
    reader ??= readerOf(source, name, row, repairs);
    try {
      questions.push(reader.read(row));
    } catch (thrown) {
      if (!(thrown instanceof AepoError)) throw thrown;
      note(thrown);
    }
    if (questions.length === source.limit) break;
  }
  const report = repairReport(name, repairs);
  if (report !== null) options.onWarning(report);
  const [first] = bad;
  if (questions.length === 0) throw nothingLeft(name, { ...counted, unlike: unlike ?? "" }, first);
  if (first !== undefined) options.onWarning(leftOut(name, counted.skipped, first));
  return { name, mapping: reader?.mapping ?? "columns", questions, skipped: counted.skipped };
}

interface Reader {
  readonly mapping: string;
  read(row: Row): SourcedDraft;
}

/** The first row decides how all are read. */
function readerOf(source: QuestionSource, name: string, first: Row, repairs: Repairs): Reader {
  const { columns } = source;
  const mapping = columns === undefined ? mappingOf(source, name, first) : ownMapping(columns, source.kind);
  const texts = new Map<string, string>();
  const mend = (text: string): string => repairText(text, repairs);
  // Ten thousand questions share one system prompt: it is kept once.
  const shared = (text: string): string => texts.get(text) ?? (texts.set(text, text), text);
  const file = name.replace(/^.*\//s, "").replace(/(?:\.[a-z]+){1,2}$/i, "");
  return {
    mapping: mapping.name,
    read(given) {
      const row = mapping.decode?.(given) ?? given;
      const kind = source.kind ?? (typeof mapping.kind === "string" ? mapping.kind : mapping.kind(row.values));
      const read = readQuestion(row, mapping.columns, kind, mend);
      const draft = mapping.refine?.(read, row) ?? read;
      return {
        draft: draft.system === undefined ? draft : { ...draft, system: shared(draft.system) },
        source: mapping.sourceOf?.(row.values) ?? (mapping.named === null ? file : mapping.name),
      };
    },
  };
}

function mappingOf(source: QuestionSource, name: string, first: Row): Mapping {
  return source.mapping === undefined ? detectMapping(name, first) : mappingNamed(source.mapping);
}

function ownMapping(columns: Columns, kind: QuestionKind | undefined): Mapping {
  const otherwise = columns.choices === undefined ? "qa" : "multiple-choice";
  return { name: "columns", about: "", columns, kind: kind ?? otherwise, marks: [], named: null };
}

function matches(values: JsonObject, filter: NonNullable<QuestionSource["filter"]>): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    const value = (valueAt(values, path) ?? null) as Json;
    return Array.isArray(wanted) ? wanted.some((one) => one === value) : wanted === value;
  });
}

/** What a row has in the columns of the filter, for the message that none fits. */
function filtered(values: JsonObject, filter: NonNullable<QuestionSource["filter"]>): string {
  return Object.keys(filter)
    .map((path) => `${path} ${shown(valueAt(values, path))}`)
    .join(", ");
}

function leftOut(name: string, skipped: number, first: AepoError): string {
  return `${name}: left out ${skipped} ${skipped === 1 ? "row that cannot" : "rows that cannot"} be read, the first: ${messageOf(first)}`;
}

interface Counted {
  readonly rows: number;
  readonly skipped: number;
  readonly unlike: string;
}

function nothingLeft(name: string, { rows, skipped, unlike }: Counted, first: AepoError | undefined): AepoError {
  if (first !== undefined) {
    return dataError(name, `none of ${skipped} rows can be read, the first: ${messageOf(first)}`, { cause: first });
  }
  if (rows === 0) return dataError(name, "there are no rows in it");
  return dataError(name, `none of its ${rows} rows passes the filter`, { exists: `in the first row: ${unlike}` });
}
