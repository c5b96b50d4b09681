/** The settings of an evaluation on suites, each room's own schemas composed; every field by `--set` or from TypeScript. */
import { z } from "zod";
import { serverOptionsSchema } from "../eval/chat/server-options.ts";
import { METRIC_NAMES } from "../eval/metrics/metric.ts";
import { shapingSchema } from "../policy/shaping.ts";
import { judgeOptionsSchema } from "../rewards/judge/judge-options.ts";
import { policySchema } from "./config.ts";

const DEFAULT_K = [1, 3, 5];

const attemptsSchema = z
  .strictObject({
    samples: z.int().positive().default(1).describe("Attempts at each question."),
    k: z
      .array(z.int().positive())
      .nonempty()
      .optional()
      .describe("pass@k and maj@k for these k (default: 1, 3, 5, as far as the samples go)."),
    limit: z.int().positive().optional().describe("The first so many questions of each suite (default: all)."),
    metric: z.enum(METRIC_NAMES).optional().describe("Instead of each suite's own."),
    temperature: z.number().min(0).default(0.6).describe("Sampling temperature; 0 is greedy. The paper's is 0.6."),
    shaping: shapingSchema
      .default({ topP: 0.95 })
      .describe("Cuts of the distribution that is sampled; the paper's top-p is 0.95. Of a server: topP alone."),
    together: z
      .int()
      .positive()
      .optional()
      .describe("Questions that a local policy answers together (default: as many as fill policy.slots)."),
  })
  .refine(({ k = [], samples }) => k.every((value) => value <= samples), {
    message: "every k must be at most the number of samples",
    path: ["k"],
  });

export const suiteEvaluationSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  policy: policySchema.omit({ checkpoint: true, lora: true, recompute: true, microBatchTokens: true }).optional(),
  server: serverOptionsSchema.optional(),
  eval: attemptsSchema.prefault({}),
  judge: judgeOptionsSchema
    .omit({ name: true, weight: true })
    .transform((judge) => ({ ...judge, name: "judge", weight: 1 }))
    .optional()
    .describe("Who says whether an answer is right, for suites that are judged."),
  limits: z
    .strictObject({
      tokens: z.int().positive().optional().describe("Of a path, prompt and results included (default: 2,048)."),
      calls: z.int().nonnegative().optional().describe("Tool calls of a path (default: 8)."),
      turns: z.int().positive().optional().describe("Turns of a path (default: one more than calls)."),
    })
    .prefault({})
    .describe("Instead of the recipe's."),
  system: z.string().optional().describe("System prompt instead of the suite's."),
  toolTimeoutMs: z.int().positive().default(30_000).describe("A tool call that takes longer is a failed call."),
});
export type SuiteEvaluationConfig = z.output<typeof suiteEvaluationSchema>;

export function ksOf({ samples, k }: SuiteEvaluationConfig["eval"]): number[] {
  if (k !== undefined) return [...new Set(k)].sort((a, b) => a - b);
  const largest = Math.min(samples, Math.max(...DEFAULT_K));
  return [...new Set([...DEFAULT_K.filter((value) => value < largest), largest])];
}
