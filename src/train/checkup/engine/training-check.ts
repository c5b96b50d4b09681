/**
 * Three steps of supervised training on what the model itself has written: the loss must fall, and what is sampled afterwards must
 * have the log-probabilities that a forward pass gives it.
 */
import type { Datum, SampledSequence } from "../../../protocol/in-memory.ts";
import type { RemoteSampler } from "../../../remote/client/tinker-client.ts";
import { AepoError } from "../../../std/errors.ts";
import { drawSequences, type EngineStage, PROMPT, timed } from "./remote-engine.ts";

const STEPS = 3;
const ADAM = {
  learningRate: 2e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Number.POSITIVE_INFINITY,
} as const;

export interface TrainingCheck {
  /** Before each step and after the last: nats a token. */
  readonly losses: readonly number[];
  /** Forward, backward and step: of the second step, when everything is compiled. */
  readonly tokensPerSecond: number;
  /** Norms of the gradient, where the server tells. */
  readonly gradientNorms: readonly (number | null)[];
  /** A sampler of the trained weights, and what it drew. */
  readonly sampler: RemoteSampler;
  readonly fresh: readonly SampledSequence[];
  /** Largest difference between sampling and a forward pass, before training and after. */
  readonly gaps: { readonly before: number; readonly after: number };
}

export async function checkTraining(stage: EngineStage, sampled: readonly SampledSequence[]): Promise<TrainingCheck> {
  const { model, clock, signal } = stage;
  const data = sampled.map(datumOf);
  const before = await model.forward(data, { signal });
  const losses: number[] = [];
  const gradientNorms: (number | null)[] = [];
  const times: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { value, ms } = await timed(clock, async () => {
      const passed = model.forwardBackward(data, { name: "cross_entropy" }, { signal });
      const stepped = model.optimStep(ADAM, { signal });
      return { passed: await passed, stepped: await stepped };
    });
    losses.push(lossOf(value.passed.outputs, data));
    gradientNorms.push(value.stepped.gradientNorm);
    times.push(ms);
  }
  const after = await model.forward(data, { signal });
  losses.push(lossOf(after.outputs, data));
  const sampler = await model.saveForSampler({ signal });
  const fresh = await drawSequences(sampler, stage);
  const scored = await model.forward(fresh.map(datumOf), { signal });
  const tokens = data.reduce((sum, { targetTokens }) => sum + targetTokens.length, 0);
  return {
    losses,
    gradientNorms,
    tokensPerSecond: (1000 * tokens) / Math.min(...times.slice(1)),
    sampler,
    fresh,
    gaps: { before: largestGap(before.outputs, sampled), after: largestGap(scored.outputs, fresh) },
  };
}

/** One more step, of another rate. */
export async function moveWeights(
  { model, signal }: EngineStage,
  data: readonly Datum[],
  learningRate: number,
): Promise<void> {
  await model.forwardBackward(data, { name: "cross_entropy" }, { signal });
  await model.optimStep({ ...ADAM, learningRate }, { signal });
}

/** The continuation alone is learnt. */
export function datumOf({ tokens }: SampledSequence): Datum {
  const whole = [...PROMPT, ...tokens];
  const targetTokens = whole.slice(1);
  return {
    tokens: whole.slice(0, -1),
    targetTokens,
    weights: targetTokens.map((_, i) => (i < PROMPT.length - 1 ? 0 : 1)),
  };
}

type Outputs = readonly { readonly logprobs: Float32Array }[];

function lossOf(outputs: Outputs, data: readonly Datum[]): number {
  let [sum, count] = [0, 0];
  for (const [i, { weights = [] }] of data.entries()) {
    for (let at = 0; at < weights.length; at++) {
      sum -= (weights[at] ?? 0) * (outputs[i]?.logprobs[at] ?? Number.NaN);
      count += weights[at] ?? 0;
    }
  }
  if (Number.isFinite(sum)) return sum / count;
  throw new AepoError("policy", "the server's log-probabilities are no numbers", {
    exists: `a sum of ${sum} over ${count} tokens`,
    fix: "look at the server's log: its model may be broken, or of another vocabulary than it says",
  });
}

function largestGap(outputs: Outputs, sampled: readonly SampledSequence[]): number {
  const gaps = sampled.flatMap(({ logprobs }, i) =>
    logprobs.map((logprob, at) => Math.abs(logprob - (outputs[i]?.logprobs[PROMPT.length - 1 + at] ?? Number.NaN))),
  );
  return gaps.reduce((most, gap) => (gap > most || Number.isNaN(gap) ? gap : most), 0);
}
