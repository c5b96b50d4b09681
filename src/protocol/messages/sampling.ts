/** JSON of samplers and samples. Unknown fields are passed over. */
import { z } from "zod";
import { modelInputSchema } from "./tensor.ts";

export const createSamplerRequestSchema = z.object({
  session_id: z.string(),
  sampling_session_seq_id: z.int(),
  /** Exactly one of the two. */
  base_model: z.string().nullish(),
  model_path: z.string().nullish(),
  type: z.literal("create_sampling_session").default("create_sampling_session"),
});

export const createSamplerAnswerSchema = z.object({
  sampling_session_id: z.string().min(1),
  type: z.literal("create_sampling_session").default("create_sampling_session"),
});

export const samplerInfoSchema = z.object({
  sampler_id: z.string(),
  base_model: z.string(),
  model_path: z.string().nullish(),
});

export const samplingParamsSchema = z.object({
  max_tokens: z.int().nullish(),
  seed: z.int().nullish(),
  /** All ids or all texts. SkyRL knows no bare text; the SDK does. */
  stop: z.union([z.string(), z.array(z.int()), z.array(z.string())]).nullish(),
  temperature: z.number().default(1),
  top_k: z.int().default(-1),
  top_p: z.number().default(1),
});
export type SamplingParamsMessage = z.input<typeof samplingParamsSchema>;

export const sampleRequestSchema = z
  .object({
    num_samples: z.int().default(1),
    prompt: modelInputSchema,
    sampling_params: samplingParamsSchema,
    base_model: z.string().nullish(),
    model_path: z.string().nullish(),
    sampling_session_id: z.string().nullish(),
    seq_id: z.int().nullish(),
    prompt_logprobs: z.boolean().nullish(),
    topk_prompt_logprobs: z.int().min(0).default(0),
    type: z.literal("sample").default("sample"),
  })
  .refine(({ sampling_session_id, seq_id }) => !sampling_session_id || (seq_id ?? null) !== null, {
    message: "'seq_id' must be provided when 'sampling_session_id' is used",
  })
  .refine(
    ({ sampling_session_id, base_model, model_path }) =>
      sampling_session_id || ((base_model ?? null) === null) !== ((model_path ?? null) === null),
    {
      message:
        "When 'sampling_session_id' is not provided, exactly one of 'base_model' or 'model_path' must be provided",
    },
  );
export type SampleRequestMessage = z.input<typeof sampleRequestSchema>;

/** Of the future. */
export const sampleResultSchema = z.object({
  sequences: z.array(
    z.object({
      stop_reason: z.enum(["stop", "length"]),
      tokens: z.array(z.int()),
      logprobs: z.array(z.number().nullable()).nullish(),
    }),
  ),
  prompt_logprobs: z.array(z.number().nullable()).nullish(),
  topk_prompt_logprobs: z.array(z.array(z.tuple([z.int(), z.number()])).nullable()).nullish(),
  prompt_cache_hit_tokens: z.int().nullish(),
});
export type SampleResultMessage = z.input<typeof sampleResultSchema>;
