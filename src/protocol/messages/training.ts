/** JSON of forward, forward_backward and optim_step. Unknown fields are passed over. */
import { z } from "zod";
import { answeredTensorSchema, datumSchema } from "./tensor.ts";

const lossInputSchema = z.object({
  data: z.array(datumSchema),
  /** One of `LOSS_NAMES`. */
  loss_fn: z.string(),
  loss_fn_config: z.record(z.string(), z.number()).nullish(),
});
export type LossInput = z.input<typeof lossInputSchema>;

const pass = { model_id: z.string(), seq_id: z.int().nullish() };

export const forwardRequestSchema = z.object({ ...pass, forward_input: lossInputSchema });

export const forwardBackwardRequestSchema = z.object({ ...pass, forward_backward_input: lossInputSchema });

/** Of the future, of both. */
export const forwardResultSchema = z.object({
  loss_fn_output_type: z.string().default("scalar"),
  loss_fn_outputs: z.array(
    z.object({ logprobs: answeredTensorSchema.optional(), elementwise_loss: answeredTensorSchema.optional() }),
  ),
  metrics: z.record(z.string(), z.number().nullable()).nullish(),
});
export type ForwardResultMessage = z.input<typeof forwardResultSchema>;

/** Defaults of the protocol. A `grad_clip_norm` of 0 never clips. */
export const adamParamsSchema = z.object({
  learning_rate: z.number().min(0).default(1e-4),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  eps: z.number().gt(0).default(1e-12),
  weight_decay: z.number().min(0).default(0),
  grad_clip_norm: z.number().min(0).default(0),
});
export type AdamParamsMessage = z.input<typeof adamParamsSchema>;

export const optimStepRequestSchema = z.object({
  model_id: z.string(),
  adam_params: adamParamsSchema,
  seq_id: z.int().nullish(),
  type: z.literal("optim_step").default("optim_step"),
});

export const optimStepResultSchema = z.object({ metrics: z.record(z.string(), z.number().nullable()).nullish() });
