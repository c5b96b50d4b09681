/** What of a data file is learnt from. */
import { z } from "zod";

export const dataSchema = z.strictObject({
  file: z
    .string()
    .describe(
      "Conversations, one a row: .jsonl, .json, .csv, .tsv (also .gz) or .parquet, or hf://datasets/owner/name/path of the Hub; tools beside messages where there are any.",
    ),
  columns: z
    .strictObject({ messages: z.string().optional(), tools: z.string().optional() })
    .optional()
    .describe("Which columns hold messages and tools (default: messages, conversations or prompt, and tools)."),
  turns: z
    .enum(["all", "last"])
    .default("all")
    .describe("Which of the assistant's turns are learnt: all, or only one that ends its conversation."),
  maxTokens: z
    .int()
    .positive()
    .default(2048)
    .describe("Tokens of a conversation at most; longer ones are left out, and counted."),
  heldOutShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.05)
    .describe("Share of the conversations that is never trained on, and measured along the way."),
});
export type DataOptions = z.output<typeof dataSchema>;
