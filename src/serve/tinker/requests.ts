/**
 * Requests as this server reads them: the protocol's, and refusals with their place of what it cannot do or what cannot mean
 * anything, where other servers are silent. Unknown fields are passed over, since newer clients send more.
 */
import { z } from "zod";
import {
  createModelRequestSchema,
  loadWeightsRequestSchema,
  loraConfigSchema,
  saveForSamplerRequestSchema,
  saveWeightsRequestSchema,
} from "../../protocol/messages/model.ts";
import { sampleRequestSchema, samplingParamsSchema } from "../../protocol/messages/sampling.ts";
import { adamParamsSchema, optimStepRequestSchema } from "../../protocol/messages/training.ts";

const seqId = z.int().nonnegative().nullish();

const adamw = z
  .looseObject({ type: z.literal(["adamw", "adam"], "this server trains with adamw").optional() })
  .nullish();

export const createModelSchema = createModelRequestSchema.extend({
  lora_config: loraConfigSchema.extend({ alpha: z.number().positive().nullish() }).nullish(),
  optimizer_config: adamw,
  model_role: z.literal("policy", "models here are policies: there is no critic").nullish(),
});
export type LoraRequest = NonNullable<z.output<typeof createModelSchema>["lora_config"]>;

export const optimStepSchema = optimStepRequestSchema.extend({
  seq_id: seqId,
  adam_params: adamParamsSchema,
  optimizer_params: z.undefined("this server trains with adamw: send adam_params").optional(),
});

const stays = z.null("checkpoints stay here until they are deleted: send no ttl_seconds").optional();

export const saveWeightsSchema = saveWeightsRequestSchema.extend({ seq_id: seqId, ttl_seconds: stays });

export const saveForSamplerSchema = saveForSamplerRequestSchema.safeExtend({
  seq_id: seqId,
  ttl_seconds: stays,
  kind: z.literal("snapshot", "samplers here have fixed weights: kind snapshot").nullish(),
});

/** Onto a fresh model, or (newer SDKs) as the first request of one that it makes. */
export const loadWeightsSchema = loadWeightsRequestSchema
  .extend({
    model_id: z.string().nullish(),
    seq_id: seqId,
    session_id: z.string().nullish(),
    model_seq_id: z.int().nonnegative().nullish(),
    base_model: z.string().nullish(),
    user_metadata: z.record(z.string(), z.unknown()).nullish(),
    optimizer_config: adamw,
  })
  .refine(
    ({ model_id, session_id, model_seq_id }) =>
      model_id === undefined || model_id === null ? isThere(session_id) && isThere(model_seq_id) : !isThere(session_id),
    "Either 'model_id' or both 'session_id' and 'model_seq_id' must be provided",
  );

function isThere(field: string | number | null | undefined): boolean {
  return field !== undefined && field !== null;
}

/** What newer servers can do and this one cannot is refused if it is asked for. */
function notHere(name: string): z.ZodType<number | null | undefined> {
  return z.literal(0, `${name} is not offered here`).nullish();
}

export const sampleSchema = sampleRequestSchema.safeExtend({
  sampling_params: samplingParamsSchema.extend({
    temperature: z.number().min(0).default(1),
    top_k: z.int().min(-1).default(-1),
    top_p: z.number().gt(0).max(1).default(1),
  }),
  topk_sample_logprobs: notHere("topk_sample_logprobs"),
  prompt_alt_tokens_k: notHere("prompt_alt_tokens_k"),
  target_prompt_logprobs: z.null("target_prompt_logprobs is not offered here").optional(),
  prompt_logprobs_last_n: z.int().positive().nullish(),
});
export type SampleBody = z.output<typeof sampleSchema>;
