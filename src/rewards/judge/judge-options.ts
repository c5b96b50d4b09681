/** What may be set about a judge. */
import { z } from "zod";

export const judgeOptionsSchema = z.strictObject({
  name: z.string().default("judge").describe("as it stands in logs"),
  weight: z.number().default(1).describe("what its verdict (0 or 1) is multiplied with"),
  baseURL: z
    .url({ protocol: /^https?$/ })
    .default("https://api.openai.com/v1")
    .describe("any OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1"),
  model: z.string().min(1).describe("the model's name on that server"),
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, "the name of an environment variable")
    .optional()
    .describe(
      "environment variable that holds the key (OPENAI_API_KEY for OpenAI's server, AEPO_API_KEY for others, which are asked without one if it is not set)",
    ),
  price: z
    .strictObject({
      input: z.number().nonnegative().describe("for a million tokens read"),
      output: z.number().nonnegative().describe("for a million tokens written"),
    })
    .optional()
    .describe("prices, in any currency, for what the judge costs"),
  rubric: z
    .string()
    .min(1)
    .optional()
    .describe("when an answer is correct, in words; what is said about data and replies stays"),
  cache: z
    .string()
    .min(1)
    .optional()
    .describe("file of verdicts, one JSON line each; without it they last as long as the process"),
  concurrency: z.int().min(1).max(1000).default(8).describe("calls at once"),
  retries: z
    .int()
    .min(0)
    .max(20)
    .default(3)
    .describe("further attempts after a failed call or a reply without a verdict"),
  retryTemperature: z
    .number()
    .min(0)
    .max(2)
    .default(0.5)
    .describe("temperature of a reply that is asked for again; the first is greedy"),
  timeoutMs: z.int().min(100).max(3_600_000).default(60_000).describe("time of one call"),
  maxTokens: z.int().min(8).max(100_000).default(1024).describe("tokens of a reply, thoughts included"),
});
export type JudgeSettings = z.output<typeof judgeOptionsSchema>;
