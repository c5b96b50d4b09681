/**
 * Which settings of a step a server takes, found out on a throw-away model by how far log-probabilities move. With betas of 0 and
 * an epsilon far above the gradient a step is  rate · gradient / epsilon: everything below is a multiple of that.
 */
import type { AdamParams } from "../../../protocol/in-memory.ts";
import type { RemoteModel } from "../../client/tinker-client.ts";
import { advantageOfLast, type ProbeSequence } from "./probe-datums.ts";
import { currentLogprobs } from "../current-logprobs.ts";
import { gradientBatch } from "../gradient-batch.ts";
import type { Reduction } from "../options.ts";
import { scoredSequence } from "../path-sequences.ts";

/** What a server takes of a step; null: not to be seen, because the step is not linear in the gradient. */
export interface OptimizerEffects {
  readonly epsilon: boolean;
  readonly betas: boolean | null;
  readonly weightDecay: boolean | null;
  readonly maxGradientNorm: boolean | null;
}

export interface EffectsProbe {
  readonly model: RemoteModel;
  readonly sequence: ProbeSequence;
  readonly reduction: Reduction;
  readonly microBatch: number;
}

/** Nats that the plain step moves the log-probability by: small, so that everything is linear, and far above rounding. */
const MOVE = 0.02;
/** Epsilon over the gradient's norm. */
const FAR = 100;

/** Null: the server reports no gradient norm, and nothing can be measured by it. */
export async function probeOptimizer(probe: EffectsProbe): Promise<OptimizerEffects | null> {
  const still = { learningRate: 0, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, maxGradientNorm: Infinity };
  const norm = (await step(probe, 1, still)).gradientNorm;
  if (norm === null || !(norm > 0)) return null;
  const epsilon = FAR * norm;
  // Moves the log-probability by rate · norm² / epsilon.
  const plain: AdamParams = { ...still, epsilon, learningRate: (MOVE * epsilon) / norm ** 2 };
  const moves = async (sign: number, changes: Partial<AdamParams>): Promise<number> => {
    const before = await last(probe);
    await step(probe, sign, { ...plain, ...changes });
    return ((await last(probe)) - before) / MOVE;
  };
  const free = await moves(1, {});
  if (!(free > 0.5 && free < 2)) return { epsilon: false, betas: null, weightDecay: null, maxGradientNorm: null };
  // Back to the start, where everything is linear again. A momentum would go on.
  const back = await moves(-1, {});
  const clipped = await moves(1, { maxGradientNorm: norm / 100 });
  // All that was and is learnt decays in this one step, but for the step itself, which stands beside nothing.
  const decayed = await moves(1, { weightDecay: 1 / plain.learningRate });
  return {
    epsilon: true,
    betas: back < -0.5 * free,
    maxGradientNorm: Math.abs(clipped) < 0.3 * free,
    weightDecay: decayed < 0.25 * free,
  };
}

async function step(
  { model, sequence, reduction, microBatch }: EffectsProbe,
  sign: number,
  adam: AdamParams,
): Promise<{ readonly gradientNorm: number | null }> {
  const whole = scoredSequence([sequence.tokens[0] ?? 0, ...sequence.targets]);
  const [logprobs = new Float32Array()] = await currentLogprobs(model, [whole], microBatch);
  const [datum] = advantageOfLast(sequence, logprobs, sign, 1);
  const coefficients = Float32Array.from(datum?.advantages ?? []);
  const data = gradientBatch([{ sequence: whole, logprobs, coefficients }], reduction, microBatch);
  await model.forwardBackward(data, { name: "importance_sampling" });
  return model.optimStep(adam);
}

async function last({ model, sequence, microBatch }: EffectsProbe): Promise<number> {
  const whole = scoredSequence([sequence.tokens[0] ?? 0, ...sequence.targets]);
  const [logprobs] = await currentLogprobs(model, [whole], microBatch);
  return logprobs?.at(-1) ?? Number.NaN;
}
