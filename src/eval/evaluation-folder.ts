/**
 * The folder of an evaluation: `eval.json` says what is evaluated how, `journal.jsonl` has one line a finished question, the results
 * are made from both. An evaluation that was killed goes on where its journal ends; one with other settings is refused.
 */
import { existsSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writeFileAtomic } from "../run/atomic.ts";
import { claim } from "../run/claim.ts";
import { withFileErrors } from "../run/failures.ts";
import { type Journal, journal, readJournal } from "../run/journal.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import type { Json, JsonObject } from "../std/json.ts";
import type { QuestionRecord } from "./attempt-record.ts";

export interface EvaluationLayout {
  readonly folder: string;
  readonly settings: string;
  readonly journal: string;
  readonly result: string;
  readonly markdown: string;
  readonly page: string;
}

export function evaluationLayout(folder: string): EvaluationLayout {
  return {
    folder,
    settings: join(folder, "eval.json"),
    journal: join(folder, "journal.jsonl"),
    result: join(folder, "result.json"),
    markdown: join(folder, "result.md"),
    page: join(folder, "result.html"),
  };
}

export interface OpenFolder {
  readonly journal: Journal<QuestionRecord>;
  /** What is finished already. */
  readonly records: readonly QuestionRecord[];
  /** Lets other processes evaluate in the folder. */
  close(): void;
}

/** Starts an evaluation in the folder, or goes on with the one that is in it. Throws if that is another one, or goes on elsewhere. */
export function openEvaluationFolder(folder: string, settings: JsonObject): OpenFolder {
  const held = claim(folder, CLAIM);
  if (!held.held) {
    const { pid, host } = held.by;
    throw new AepoError("usage", `process ${pid} on ${host} evaluates in ${folder} just now`, {
      fix: `wait for it or end it, or give another --out; if it is gone, remove ${held.file}`,
    });
  }
  try {
    return { ...opened(folder, settings), close: () => held.release() };
  } catch (thrown) {
    held.release();
    throw thrown;
  }
}

const CLAIM = "claim";

function opened(folder: string, settings: JsonObject): Omit<OpenFolder, "close"> {
  const layout = evaluationLayout(folder);
  // As it will be read: undefined fields are gone.
  const wanted = JSON.parse(JSON.stringify(settings)) as JsonObject;
  if (existsSync(layout.settings)) {
    const found = readJsonFile(layout.settings);
    const [difference] = differences(found, wanted, "");
    if (difference !== undefined) throw otherEvaluation(folder, difference);
  } else {
    if (existsSync(layout.journal)) throw otherEvaluation(folder, "it has a journal and no eval.json");
    writeFileAtomic(layout.settings, `${JSON.stringify(wanted, null, 2)}\n`);
  }
  cutHalfLine(layout.journal);
  return { journal: journal<QuestionRecord>(layout.journal), records: readRecords(folder) };
}

/** The last record of each question, in the order of the journal; a line that is being written, or was when it was killed, is left out. */
export function readRecords(folder: string): QuestionRecord[] {
  const { journal: path } = evaluationLayout(folder);
  const records = new Map<string, QuestionRecord>();
  for (const record of readJournal<QuestionRecord>(path)) records.set(keyOf(record), record);
  return [...records.values()];
}

export function keyOf({ suite, id }: Pick<QuestionRecord, "suite" | "id">): string {
  return JSON.stringify([suite, id]);
}

export function readJsonFile(path: string): JsonObject {
  const text = withFileErrors("read", path, () => readFileSync(path, "utf8"));
  try {
    return JSON.parse(text) as JsonObject;
  } catch (thrown) {
    throw new AepoError("run", `${path} is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** What a killed evaluation was writing: the next line must not be appended to it. */
function cutHalfLine(path: string): void {
  if (!existsSync(path)) return;
  const bytes = withFileErrors("read", path, () => readFileSync(path));
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) withFileErrors("truncate", path, () => truncateSync(path, whole));
}

function otherEvaluation(folder: string, difference: string): AepoError {
  return new AepoError("usage", `${folder} holds another evaluation: ${difference}`, {
    fix: "give the settings that it was started with, or another --out",
  });
}

/** "samples is 4 there, 8 here", for each field that differs. */
function differences(there: Json | undefined, here: Json | undefined, path: string): string[] {
  if (isDeepStrictEqual(there, here)) return [];
  if (isObject(there) && isObject(here)) {
    const keys = [...new Set([...Object.keys(there), ...Object.keys(here)])];
    return keys.flatMap((key) => differences(there[key], here[key], path === "" ? key : `${path}.${key}`));
  }
  return [`${path} is ${shown(there)} there, ${shown(here)} here`];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
