/** What may be set about a model server, whatever is spoken with it. */
import { z } from "zod";

export const serverOptionsSchema = z.strictObject({
  model: z.string().min(1).optional().describe("The model's name on the server (default: the only one it has)."),
  keyEnv: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Environment variable with the server's key (default: OPENAI_API_KEY for OpenAI's, AEPO_API_KEY for others).",
    ),
  concurrency: z.int().positive().default(8).describe("Attempts that are open at a time; by token ids, requests."),
  timeoutMs: z.int().positive().default(300_000).describe("A request that takes longer is tried again."),
  retries: z.int().nonnegative().default(4).describe("Further tries of a request, later and later."),
  turnTokens: z
    .int()
    .positive()
    .optional()
    .describe("Of a chat API: new tokens of a turn at most (max_tokens; default 1024)."),
  tokensField: z
    .enum(["max_tokens", "max_completion_tokens"])
    .optional()
    .describe("Of a chat API: what it calls the limit of a turn (default max_tokens)."),
  cacheSalt: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe("With --server: keeps what the server caches for us apart from others' (vLLM's cache_salt)."),
  sessionHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, "the name of a header")
    .optional()
    .describe(
      "With --server: header that names the tree of a request, for routers that keep one on one replica (X-Session-ID).",
    ),
  price: z
    .strictObject({
      input: z.number().nonnegative().describe("For a million tokens read."),
      output: z.number().nonnegative().describe("For a million tokens written."),
    })
    .optional()
    .describe("Prices, in any currency, for the cost of a question."),
});
export type ServerOptions = z.output<typeof serverOptionsSchema>;

/** New tokens of a turn of a chat API. */
export const TURN_TOKENS = 1024;
