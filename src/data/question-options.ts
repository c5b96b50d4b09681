/** Which questions a run is trained and tested on: files, how their rows are read, in what mixture, what is held out. */
import { z } from "zod";
import { columnsSchema } from "./columns.ts";
import { curriculumSchema } from "./curriculum.ts";
import { MAPPING_NAMES } from "./mappings/list.ts";
import { QUESTION_KINDS } from "./question-set.ts";
import type { RowSource } from "./row-source.ts";

const pathSchema = z.string().min(1);
const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const questionSourceSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file: .jsonl, .json, .csv, .tsv (each also .gz) or .parquet; or hf://datasets/owner/name/path of a Hub data set, in which * stands for anything.",
      ),
    rows: z
      .custom<RowSource>((value) => typeof value === "function" || (typeof value === "object" && value !== null))
      .optional()
      .describe("From TypeScript instead of a file: rows, or a function that gives them."),
    mapping: z
      .enum(MAPPING_NAMES)
      .optional()
      .describe(
        "How the rows are read (default: found by the columns, and where these fit several by the file's name).",
      ),
    columns: columnsSchema.optional(),
    kind: z
      .enum(QUESTION_KINDS)
      .optional()
      .describe("What kind of answer is expected (default: the mapping's, else qa)."),
    weight: z
      .number()
      .positive()
      .optional()
      .describe("Share of the questions asked, relative to the other sources (default of all: their sizes)."),
    limit: z.int().positive().optional().describe("Questions at most, from the beginning of the file."),
    filter: z
      .record(pathSchema, z.union([scalarSchema, z.array(scalarSchema).min(1)]))
      .optional()
      .describe("Only rows with these values: column: value, or a list of values. A column that a row lacks is null."),
  })
  .check(({ value, issues }) => {
    const problem = (path: string, message: string): void =>
      void issues.push({ code: "custom", input: value, path: [path], message });
    if (value.file === undefined && value.rows === undefined) problem("file", "is missing: where the rows come from");
    if (value.file !== undefined && value.rows !== undefined) problem("rows", "contradicts file: give one of them");
    if (value.mapping !== undefined && value.columns !== undefined)
      problem("columns", "contradicts mapping: give one of them");
  });
export type QuestionSource = z.output<typeof questionSourceSchema>;

const sourcesSchema = z
  .array(questionSourceSchema)
  .min(1)
  .check(({ value, issues }) => {
    const without = value.findIndex(({ weight }) => weight === undefined);
    if (without < 0 || value.every(({ weight }) => weight === undefined)) return;
    const message = "is missing: give every source a weight, or none (each then has the share of its size)";
    issues.push({ code: "custom", input: value, path: [without, "weight"], message });
  });

export const questionDataSchema = z
  .strictObject({
    train: sourcesSchema.describe("What is trained on."),
    test: sourcesSchema
      .optional()
      .describe("What is only evaluated on. Training questions that occur in it are left out."),
    split: z
      .strictObject({
        share: z.number().gt(0).lt(1).describe("Share of the questions that is held out."),
        by: z
          .enum(["hash", "seed"])
          .default("hash")
          .describe("hash: the same questions for every seed; seed: others for each. Either way by their text alone."),
      })
      .optional()
      .describe("Hold out a share of `train` instead of naming a test set."),
    shuffle: z.boolean().default(true).describe("Ask in a new order every epoch; false: in the files' order."),
    curriculum: curriculumSchema.optional().describe("Ask less of what is always or never solved."),
    onBadRow: z
      .enum(["stop", "skip"])
      .default("stop")
      .describe("What a row that cannot be read does: stop the run, or be left out and counted in a warning."),
  })
  .check(({ value, issues }) => {
    if (value.test === undefined || value.split === undefined) return;
    issues.push({ code: "custom", input: value, path: ["split"], message: "contradicts test: give one of them" });
  });
export type QuestionDataOptions = z.output<typeof questionDataSchema>;
export type QuestionDataInput = z.input<typeof questionDataSchema>;
