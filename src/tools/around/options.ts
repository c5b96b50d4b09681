/** What stands around tools, as a recipe says it. What is left out is not there: no limit, no cache, no second try. */
import { z } from "zod";

/** A longer pause is none: the timers of JavaScript count so far. */
const LONGEST_MS = 2 ** 31 - 1;

const budgetSchema = z
  .strictObject({
    calls: z.int().positive().optional().describe("Calls."),
    seconds: z.number().positive().optional().describe("Seconds of tool time; no call begins after they are used up."),
    cost: z.number().positive().optional().describe("Cost, in the unit of price."),
  })
  .refine((budget) => Object.values(budget).some((limit) => limit !== undefined), {
    message: "an empty budget limits nothing: give calls, seconds or cost, or leave it out",
  });

const fields = {
  timeoutMs: z
    .int()
    .positive()
    .max(LONGEST_MS)
    .optional()
    .describe(
      "A try of the tool that takes longer has failed and may be made again; the whole call, waiting included, has train.toolTimeoutMs.",
    ),
  retry: z
    .strictObject({
      tries: z.int().min(2).default(3).describe("Tries in all."),
      firstDelayMs: z
        .number()
        .nonnegative()
        .max(LONGEST_MS)
        .default(500)
        .describe("Pause before the second try; doubled each time."),
      maxDelayMs: z
        .number()
        .nonnegative()
        .max(LONGEST_MS)
        .default(30_000)
        .describe("Longest pause; a server that asks for a longer one is not asked again."),
    })
    .refine(({ firstDelayMs, maxDelayMs }) => firstDelayMs <= maxDelayMs, {
      message: "firstDelayMs is longer than the longest pause, maxDelayMs",
      path: ["firstDelayMs"],
    })
    .optional()
    .describe("Try again what may go better: busy servers, broken connections, tries that were late."),
  concurrency: z.int().positive().optional().describe("Calls that run at once, of these tools together."),
  rate: z
    .strictObject({
      calls: z.int().positive().describe("Calls that may begin …"),
      perMs: z.int().positive().max(LONGEST_MS).default(1000).describe("… in any so many milliseconds."),
    })
    .optional()
    .describe("Calls that may begin in any span of time, of these tools together."),
  price: z
    .number()
    .nonnegative()
    .optional()
    .describe("What one call of the tool costs, in any unit: for the budgets and the ledger."),
  budget: z
    .strictObject({
      path: budgetSchema
        .optional()
        .describe(
          "What one trajectory may use, of these tools together (seconds: of all its tools); a fork inherits what was used before it.",
        ),
      run: budgetSchema
        .optional()
        .describe(
          "What the whole run may use. A resumed run goes on from what its recorded traffic used, else from nothing.",
        ),
    })
    .refine(({ path, run }) => path !== undefined || run !== undefined, {
      message: "an empty budget limits nothing: give path or run, or leave it out",
    })
    .optional()
    .describe("A call beyond a budget is not made: it has failed, and the policy is told."),
  truncate: z
    .strictObject({
      tokens: z.int().min(32).describe("Most tokens of a result."),
      tail: z.number().min(0).max(0.9).default(0).describe("Share of them kept for the end of the result."),
    })
    .optional()
    .describe("Cut long results; what is left out is said in its place."),
  cache: z
    .strictObject({
      entries: z.int().positive().default(100_000).describe("Results kept; those used longest ago go first."),
      mebibytes: z.number().positive().default(256).describe("Size of the results kept, at two bytes a character."),
      file: z
        .string()
        .optional()
        .describe("JSONL file that keeps them for later runs (default: in memory, for this run)."),
    })
    .optional()
    .describe(
      "Answer a call that was made before, with the same arguments, from memory; not of tools that keep a state.",
    ),
} as const;

const BUDGETS = ["path", "run"] as const;

export const aroundOptionsSchema = z.strictObject(fields).superRefine(({ budget, price }, context) => {
  for (const whose of BUDGETS) {
    if (budget?.[whose]?.cost === undefined || (price ?? 0) > 0) continue;
    const message = "a budget of cost limits nothing where calls cost nothing: give price, what one call costs";
    context.addIssue({ code: "custom", path: ["budget", whose, "cost"], message });
  }
});
export type AroundOptions = z.output<typeof aroundOptionsSchema>;
export type AroundOptionsInput = z.input<typeof aroundOptionsSchema>;
