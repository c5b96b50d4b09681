/** What is trained and by which engine: the one inside this process, or a server's. The engine decides which settings there are. */
import { z } from "zod";
import { DEVICES } from "../engine/onnx/emitter.ts";
import { loraSchema } from "../policy/lora.ts";
import { settingOf, tinkerFields, tinkerPolicySchema } from "./tinker-options.ts";

const fromTinker = settingOf("tinker", "embedded");
const refusedHere = Object.fromEntries(Object.keys(tinkerFields).map((field) => [field, fromTinker])) as Record<
  keyof typeof tinkerFields,
  typeof fromTinker
>;

/** A policy in this process. */
export const policySchema = z.strictObject({
  engine: z
    .literal("embedded", { error: "this is done by the engine inside this process: leave policy.engine out" })
    .optional()
    .describe("embedded (the default): the engine inside this process."),
  checkpoint: z
    .string()
    .describe("Where the weights are: bundled:NAME, a run folder (its best checkpoint), or a checkpoint folder."),
  device: z
    .enum(DEVICES)
    .default("cpu")
    .describe("Execution provider; cuda where onnxruntime-node was installed with it."),
  threads: z.int().positive().optional().describe("Threads of the engine (default: the cores of the machine)."),
  microBatchTokens: z.int().positive().default(2048).describe("Most tokens of one forward and backward."),
  slots: z.int().positive().default(64).describe("Sequences decoded together."),
  cacheTokens: z.int().positive().default(32768).describe("Tokens of the shared key/value cache."),
  lora: loraSchema
    .optional()
    .describe("Train low-rank adapters beside the weights, which stay as they are (default: train all weights)."),
  recompute: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe("Compute layers again in the backward pass instead of keeping them; auto: where memory needs it."),
  memoryGiB: z
    .number()
    .positive()
    .optional()
    .describe("Memory a run may take (default: most of what the machine has free when it starts)."),
  ...refusedHere,
});
export type PolicyOptions = z.output<typeof policySchema>;

/** A policy of either engine. */
export const anyPolicySchema = z.discriminatedUnion("engine", [policySchema, tinkerPolicySchema], {
  error: ({ code }) =>
    code === "invalid_union" ? "no such engine: expected embedded (the default) or tinker" : undefined,
});
export type AnyPolicyOptions = z.output<typeof anyPolicySchema>;

/** What the task's token counter and downloads are for: the model whose tokens are written. */
export function modelNameOf(options: AnyPolicyOptions): string {
  return options.engine === "tinker" ? options.tokenizer : options.checkpoint;
}

/** What computes, for the run's header. */
export function deviceOf(options: AnyPolicyOptions): string {
  return options.engine === "tinker" ? "server" : options.device;
}
