/** JSON of models and checkpoints. Unknown fields are passed over. */
import { z } from "zod";
import { LONGEST_NAME, NAME_PATTERN } from "../paths.ts";

const checkpointName = z.string().regex(NAME_PATTERN).max(LONGEST_NAME);
const seqId = z.int().nullish();
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
const metadata = z.record(z.string(), z.unknown()).nullish();

/** SkyRL and our server read `rank` and `seed`; the hosted service the others, too. */
export const loraConfigSchema = z.object({
  rank: z.int(),
  seed: z.int().nullish(),
  alpha: z.number().nullish(),
  train_mlp: z.boolean().nullish(),
  train_attn: z.boolean().nullish(),
  train_unembed: z.boolean().nullish(),
});

export const createModelRequestSchema = z.object({
  session_id: z.string(),
  model_seq_id: z.int().nullish(),
  base_model: z.string(),
  lora_config: loraConfigSchema,
  user_metadata: metadata,
  /** Of newer SDKs: `{type: "adam"}`. */
  optimizer_config: z.looseObject({ type: z.string().optional() }).nullish(),
  model_role: z.string().nullish(),
  type: z.literal("create_model").default("create_model"),
});

export const createModelAnswerSchema = z.object({
  model_id: z.string().min(1),
  base_model: z.string().nullish(),
  lora_config: loraConfigSchema.nullish(),
  status: z.string().nullish(),
  request_id: z.string().min(1),
});

/** Of the future. */
export const createModelResultSchema = z.object({
  model_id: z.string().min(1),
  /** What is really trained. */
  base_model: z.string().nullish(),
  lora_config: loraConfigSchema.nullish(),
});

export const modelRequestSchema = z.object({ model_id: z.string(), type: z.string().nullish() });

export const unloadModelAnswerSchema = z.object({ request_id: z.string().min(1), model_id: z.string().nullish() });

export const unloadModelResultSchema = z.object({
  model_id: z.string(),
  status: z.string().nullish(),
  type: z.literal("unload_model").default("unload_model"),
});

export const modelInfoSchema = z.object({
  model_id: z.string(),
  status: z.string().nullish(),
  model_data: z.object({
    base_model: z.string().nullish(),
    lora_config: loraConfigSchema.nullish(),
    model_name: z.string().nullish(),
  }),
});

export const saveWeightsRequestSchema = z.object({
  model_id: z.string(),
  /** A name, not a path. */
  path: checkpointName,
  seq_id: seqId,
  ttl_seconds: z.int().nullish(),
  overwrite: z.boolean().nullish(),
  user_metadata: metadata,
  type: z.literal("save_weights").nullish(),
});

export const saveWeightsResultSchema = z.object({
  path: z.string().min(1),
  type: z.literal("save_weights").default("save_weights"),
});

export const loadWeightsRequestSchema = z.object({
  model_id: z.string(),
  path: z.string(),
  /** Whether the optimiser's state comes along. Absent: yes. */
  optimizer: z.boolean().nullish(),
  seq_id: seqId,
  type: z.literal("load_weights").nullish(),
});

export const loadWeightsResultSchema = z.object({
  path: z.string().nullish(),
  type: z.literal("load_weights").default("load_weights"),
});

/** Under a name, or for this session alone by both numbers. */
export const saveForSamplerRequestSchema = z
  .object({
    model_id: z.string(),
    path: checkpointName.nullish(),
    sampling_session_seq_id: z.int().nullish(),
    seq_id: seqId,
    ttl_seconds: z.int().nullish(),
    kind: z.string().nullish(),
    user_metadata: metadata,
    type: z.literal("save_weights_for_sampler").default("save_weights_for_sampler"),
  })
  .refine(
    ({ path, ...numbers }) => isGiven(path) || (isGiven(numbers.sampling_session_seq_id) && isGiven(numbers.seq_id)),
    {
      message: "Either 'path' or both 'sampling_session_seq_id' and 'seq_id' must be provided",
    },
  );

export const saveForSamplerResultSchema = z.object({
  path: z.string().nullish(),
  sampling_session_id: z.string().nullish(),
  type: z.literal("save_weights_for_sampler").default("save_weights_for_sampler"),
});

export const checkpointSchema = z.object({
  checkpoint_id: z.string(),
  checkpoint_type: z.enum(["training", "sampler", "external"]),
  time: z.string().nullish(),
  tinker_path: z.string(),
});

export const checkpointsSchema = z.object({ checkpoints: z.array(checkpointSchema) });

export const trainingRunSchema = z.object({
  training_run_id: z.string(),
  base_model: z.string(),
  model_owner: z.string().nullish(),
  is_lora: z.boolean().nullish(),
  corrupted: z.boolean().nullish(),
  lora_rank: z.int().nullish(),
  last_request_time: z.string().nullish(),
  last_checkpoint: checkpointSchema.nullish(),
  last_sampler_checkpoint: checkpointSchema.nullish(),
  user_metadata: metadata,
});

export const trainingRunsSchema = z.object({
  training_runs: z.array(trainingRunSchema),
  cursor: z.object({ offset: z.int(), limit: z.int(), total_count: z.int() }).nullish(),
});

export const weightsInfoRequestSchema = z.object({ tinker_path: z.string() });

export const weightsInfoSchema = z.object({
  base_model: z.string(),
  is_lora: z.boolean(),
  lora_rank: z.int().nullish(),
});
