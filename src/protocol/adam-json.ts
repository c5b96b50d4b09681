/** Settings of an optimiser step as JSON, and back. */
import type { z } from "zod";
import type { AdamParams } from "./in-memory.ts";
import type { AdamParamsMessage, adamParamsSchema } from "./messages/training.ts";

export function adamToJson(adam: AdamParams): AdamParamsMessage {
  return {
    learning_rate: adam.learningRate,
    beta1: adam.beta1,
    beta2: adam.beta2,
    eps: adam.epsilon,
    weight_decay: adam.weightDecay,
    ...(adam.maxGradientNorm === Number.POSITIVE_INFINITY ? {} : { grad_clip_norm: adam.maxGradientNorm }),
  };
}

/** Of a body that was read with `adamParamsSchema`: its defaults are filled in. */
export function adamFromJson(message: z.output<typeof adamParamsSchema>): AdamParams {
  return {
    learningRate: message.learning_rate,
    beta1: message.beta1,
    beta2: message.beta2,
    epsilon: message.eps,
    weightDecay: message.weight_decay,
    maxGradientNorm: message.grad_clip_norm === 0 ? Number.POSITIVE_INFINITY : message.grad_clip_norm,
  };
}
