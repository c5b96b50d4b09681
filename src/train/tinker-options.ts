/**
 * A policy on a server that speaks the Tinker protocol: where it is, what is trained there, and how to talk to it. What of the
 * embedded engine's settings has no meaning here is an error that says so, and the other way round.
 */
import { z } from "zod";

export const REDUCTIONS = ["auto", "mean", "sum"] as const;
export const REMOTE_ENTROPIES = ["auto", "topK", "surprisal"] as const;

/** A setting of the other engine: named with its engine wherever it is given. */
export function settingOf(engine: string, here: string): z.ZodOptional<z.ZodNever> {
  return z
    .never({ error: `a setting of engine ${engine}, without effect on engine ${here}` })
    .optional()
    .describe(`Of engine ${engine} alone.`);
}

const byServer = z.never({ error: "chosen by the server: engine tinker takes lora.rank and lora.seed" }).optional();

/** Sampling there is not cut, and a seed is 31 bits wide. */
const MOST_SEED = 2 ** 31 - 1;

const remoteLoraSchema = z.strictObject({
  rank: z.int().positive().default(32).describe("r: width of an adapter; servers have a largest one."),
  seed: z
    .int()
    .nonnegative()
    .max(MOST_SEED)
    .optional()
    .describe("What a new adapter starts from (default: drawn from the run's seed)."),
  alpha: byServer,
  targets: byServer,
});

/** Fields of this engine alone, for the other one to refuse. */
export const tinkerFields = {
  url: z
    .url({ protocol: /^https?$/, error: "the address of a server, such as http://127.0.0.1:8000" })
    .describe("Where the server is."),
  model: z.string().min(1).describe("The base model, as the server calls it."),
  tokenizer: z
    .string()
    .min(1)
    .describe(
      "Where the base model's tokenizer and config.json are here: a model folder (weights are not needed), a GGUF file, hf://owner/name or bundled:NAME.",
    ),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "the NAME of an environment variable" })
    .optional()
    .describe("The environment variable that holds the server's key (default: TINKER_API_KEY, where it is set)."),
  reduction: z
    .enum(REDUCTIONS)
    .default("auto")
    .describe("How the server reduces a loss over tokens; auto: found out by a probe on a model that is thrown away."),
  entropy: z
    .enum(REMOTE_ENTROPIES)
    .default("auto")
    .describe(
      "AEPO-H4: entropies from the K likeliest tokens, or −log p of what was drawn; auto: the best the server has.",
    ),
  concurrency: z.int().positive().default(64).describe("Sample requests on the server at once."),
  microBatch: z
    .int()
    .positive()
    .default(8)
    .describe("Sequences of a training request are filled up to a multiple of this: the server's own micro-batch."),
  futureTimeoutMs: z
    .int()
    .positive()
    .default(1_800_000)
    .describe("How long the server may take for one result, compilation included."),
  samplersApart: z
    .boolean()
    .default(false)
    .describe(
      "Whether samplers keep their weights while the model learns (not on SkyRL with JAX: it overwrites them).",
    ),
  downloadAdapters: z
    .boolean()
    .default(false)
    .describe(
      "Checkpoints also hold the adapter as files, for aepo chat, eval, serve and export; policy.tokenizer must then have the base model's weights, too.",
    ),
};

/** Fields of the embedded engine alone. */
const EMBEDDED_ONLY = [
  "checkpoint",
  "device",
  "threads",
  "microBatchTokens",
  "slots",
  "cacheTokens",
  "recompute",
  "memoryGiB",
] as const;

const fromEmbedded = settingOf("embedded", "tinker");

export const tinkerPolicySchema = z.strictObject({
  engine: z.literal("tinker").describe("tinker: a server that speaks the Tinker protocol."),
  ...tinkerFields,
  lora: remoteLoraSchema.prefault({}).describe("The adapter that is trained there."),
  ...(Object.fromEntries(EMBEDDED_ONLY.map((field) => [field, fromEmbedded])) as Record<
    (typeof EMBEDDED_ONLY)[number],
    typeof fromEmbedded
  >),
});
export type TinkerOptions = z.output<typeof tinkerPolicySchema>;
