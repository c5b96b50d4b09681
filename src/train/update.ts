/** The updates of a training step: one optimiser step a mini-batch, of the policy and of its value head where it has one. */
import type { Algorithm, CriticRules } from "../algorithm/algorithm.ts";
import type { Minibatch } from "../algorithm/minibatch.ts";
import type { UpdateOutcome } from "../algorithm/measure.ts";
import type { CriticUpdate } from "../algorithm/measure-critic.ts";
import type { Critic, OptimizerStep, Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import type { GapFigures } from "../run/records.ts";
import type { GapLevels } from "./gap-levels.ts";
import { checkGap, gapFigures, largestGap } from "./logprob-gap.ts";

export interface UpdateInputs {
  readonly policy: Policy;
  readonly algorithm: Algorithm;
  readonly tokenizer: Tokenizer;
  readonly optimizer: OptimizerStep;
  readonly step: number;
  readonly temperature: number;
  /** How far sampled and recomputed log-probabilities may be apart. */
  readonly gapLevels: GapLevels;
  readonly signal: AbortSignal;
}

export interface Updates {
  /** Of the policy: none while the value head warms up. */
  readonly outcomes: readonly UpdateOutcome[];
  /** Of the value head: none where there is none. */
  readonly criticUpdates: readonly CriticUpdate[];
  /** Of the first update; null if there was none. */
  readonly gaps: GapFigures | null;
}

export async function update(
  inputs: UpdateInputs,
  minibatches: readonly Minibatch[],
  critic: Critic | null,
): Promise<Updates> {
  const outcomes: UpdateOutcome[] = [];
  const criticUpdates: CriticUpdate[] = [];
  let gaps: GapFigures | null = null;
  for (const minibatch of minibatches) {
    inputs.signal.throwIfAborted();
    const { policy, algorithm } = inputs;
    if (critic !== null && isWarmup(algorithm, inputs.step)) {
      const report = await critic.accumulate(minibatch.trees, rulesOf(algorithm).value);
      criticUpdates.push({ report, optimizer: await critic.step(headStep(inputs)) });
      continue;
    }
    const report = await policy.accumulate(minibatch.trees, algorithm.loss, inputs.temperature);
    if (outcomes.length === 0) {
      checkGap(largestGap(minibatch, report), { ...inputs, levels: inputs.gapLevels });
      gaps = gapFigures(minibatch, report);
    }
    outcomes.push({ minibatch, report, optimizer: await policy.step(inputs.optimizer) });
    if (critic !== null && report.critic !== undefined) {
      criticUpdates.push({ report: report.critic, optimizer: await critic.step(headStep(inputs)) });
    }
  }
  return { outcomes, criticUpdates, gaps };
}

/** B-PPO: the first steps train the value head alone. */
export function isWarmup({ critic }: Pick<Algorithm, "critic">, step: number): boolean {
  return critic !== undefined && step <= critic.warmup;
}

/** The head learns at a rate of its own. */
function headStep({ algorithm, optimizer }: UpdateInputs): OptimizerStep {
  return { ...optimizer, learningRate: rulesOf(algorithm).learningRate };
}

function rulesOf({ name, critic }: Algorithm): CriticRules {
  if (critic !== undefined) return critic;
  throw new AepoError("config", `the algorithm ${name} needs a critic and does not say how it is trained`, {
    fix: "give the record `critic`",
  });
}
