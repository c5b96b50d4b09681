/**
 * Questions out of data: what a mapping makes of a row, and the endless, pure order in which they are asked. Which question stands
 * at an index depends on the data, the options and the seed alone, so a run that goes on needs its next index and nothing else.
 */
import type { JsonObject } from "../std/json.ts";

/** What kind of answer is expected; a reward for it can be chosen by that. */
export const QUESTION_KINDS = ["qa", "math", "multiple-choice", "code"] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface DataQuestion {
  /** Its own within the set: the data's id, else the name of its content; what occurs again has `~2`, `~3`, … behind it. */
  readonly id: string;
  /** The question as a reader sees it, choices included. */
  readonly prompt: string;
  /** Accepted answers, at least one; of `multiple-choice` the letter, and the choice's text where it is known. */
  readonly answers: readonly string[];
  /** The choices' texts: the first is A. */
  readonly choices?: readonly string[];
  /** As the data writes it, e.g. `2`, `Level 5`. */
  readonly level?: string;
  readonly kind: QuestionKind;
  /** The system prompt that comes with the question. */
  readonly system?: string;
  /** Other columns that were kept, for rewards and reports. */
  readonly data: JsonObject;
  /** The mapping that read it, e.g. `gsm8k`, and the file it came from, for figures by data set. */
  readonly source: string;
}

export interface QuestionSet {
  /** How many questions it has; 0 for a test set that nobody asked for. */
  readonly size: number;
  /**
   * The index-th question, from 0, for ever: sources mixed by weight, each in a new order every epoch if it is shuffled. Pure.
   * Throws AepoError("usage") for an index that is none, AepoError("config") if there are no questions.
   */
  at(index: number): DataQuestion;
  /** Every question once, source after source, as the data has them. */
  readonly questions: readonly DataQuestion[];
}

/** One source, as it was read. */
export interface SourceReport {
  readonly split: "train" | "test";
  /** The file, or repository and path on the Hub. */
  readonly name: string;
  /** The mapping's name, or `columns` where the recipe names them. */
  readonly mapping: string;
  readonly questions: number;
  /** Rows that could not be read and were left out. */
  readonly skipped: number;
}

/** What `openQuestions` gives. */
export interface QuestionData {
  readonly train: QuestionSet;
  /** In the same order for every seed, so that runs can be compared question by question. */
  readonly test: QuestionSet;
  readonly sources: readonly SourceReport[];
}
