/** What an index is made with, besides the corpus: other settings give another index. */
import { z } from "zod";

export const columnsSchema = z.strictObject({
  text: z.string().min(1).default("text").describe("column of JSONL or Parquet with the text of a document"),
  title: z.string().min(1).optional().describe("column with its title (title where it is there)"),
  url: z.string().min(1).optional().describe("column with its address (url where it is there)"),
});

export const indexFields = {
  columns: columnsSchema.prefault({}).describe("columns of JSONL and Parquet rows; text files have a name and a text"),
  passageLength: z
    .int()
    .min(100)
    .max(100_000)
    .default(1000)
    .describe("characters of a passage: longer documents are cut into several"),
  malformed: z
    .enum(["error", "skip"])
    .default("error")
    .describe("rows that cannot be read: an error that says where, or skipped and counted"),
};

export const indexSettingsSchema = z.strictObject(indexFields);
export type IndexSettings = z.output<typeof indexSettingsSchema>;
