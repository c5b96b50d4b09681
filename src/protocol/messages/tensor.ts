/** JSON of token ids and numbers. Unknown fields are passed over. */
import { z } from "zod";

/** Text alone: no pictures, no sound. */
export const chunkSchema = z.object({
  type: z.literal("encoded_text").default("encoded_text"),
  tokens: z.array(z.int()),
});

export const modelInputSchema = z.object({ chunks: z.array(chunkSchema) });
export type ModelInput = z.input<typeof modelInputSchema>;

/** `data` is flat. A server has null where it computed no number. */
export const tensorSchema = z.object({
  data: z.array(z.number()),
  dtype: z.enum(["int64", "float32"]).nullish(),
  shape: z.array(z.int().nonnegative()).nullish(),
  sparse_crow_indices: z.array(z.int()).nullish(),
  sparse_col_indices: z.array(z.int()).nullish(),
});
export type Tensor = z.input<typeof tensorSchema>;

export const answeredTensorSchema = tensorSchema.extend({ data: z.array(z.number().nullable()) });
export type AnsweredTensor = z.input<typeof answeredTensorSchema>;

export const datumSchema = z.object({
  model_input: modelInputSchema,
  loss_fn_inputs: z.record(z.string(), tensorSchema),
});
export type DatumMessage = z.input<typeof datumSchema>;
