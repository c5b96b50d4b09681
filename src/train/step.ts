/**
 * One training step, stage by stage: questions → trees → credit → updates → figures. Everything random comes from streams
 * named by seed and step, so a step that is run again gives the same bytes.
 */
import type { GroupCredit } from "../algorithm/algorithm.ts";
import { dealMinibatches } from "../algorithm/minibatch.ts";
import { measureStep } from "../algorithm/measure.ts";
import { measureCritic } from "../algorithm/measure-critic.ts";
import type { StepFigures } from "../algorithm/figures.ts";
import type { FrozenPolicy, OptimizerStep, Policy } from "../policy/policy.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { GapFigures, OffPolicyFigures } from "../run/records.ts";
import { randomStream } from "../std/random.ts";
import { criticFor, valuePaths } from "./critic-values.ts";
import { type DrawInputs, type DrawnGroups, drawGroups } from "./draw-groups.ts";
import type { GapLevels } from "./gap-levels.ts";
import { gapWarnings } from "./logprob-gap.ts";
import { decoupledBatches } from "./off-policy.ts";
import { scorePaths } from "./path-scores.ts";
import { scoreByReference } from "./reference-scores.ts";
import { isWarmup, update } from "./update.ts";

export interface LearnInputs extends Omit<DrawInputs, "policy" | "question"> {
  readonly policy: Policy;
  /** What the policy was when the run started, for a method that needs it. */
  readonly reference: FrozenPolicy | null;
  readonly optimizer: OptimizerStep;
  /** How far sampled and recomputed log-probabilities may be apart. */
  readonly gapLevels: GapLevels;
  /** Rollouts may be a step old: importance weights are cut at this (null or missing: they are of the weights as they are). */
  readonly importanceCap?: number | null;
}

export interface StepInputs extends LearnInputs, DrawInputs {
  readonly policy: Policy;
}

export interface StepOutcome {
  readonly trees: readonly RolloutTree[];
  readonly credits: readonly GroupCredit[];
  readonly figures: StepFigures;
  readonly updates: number;
  readonly skippedUpdates: number;
  readonly loss: number | null;
  readonly gradientNorm: number | null;
  /** Between sampling and training, at the first update; null if there was none. */
  readonly gaps: GapFigures | null;
  /** Null: the rollouts were of the weights they trained. */
  readonly offPolicy: OffPolicyFigures | null;
  readonly seconds: { readonly rollout: number; readonly update: number };
}

export async function trainStep(inputs: StepInputs): Promise<StepOutcome> {
  const startedMs = inputs.clock.nowMs();
  const drawn = await drawGroups(inputs);
  return learnFrom(inputs, drawn, (inputs.clock.nowMs() - startedMs) / 1000);
}

/** The step from its trees on. `rolloutSeconds`: how long it waited for them. */
export async function learnFrom(
  inputs: LearnInputs,
  { trees, kept, rounds, estimate }: DrawnGroups,
  rolloutSeconds: number,
): Promise<StepOutcome> {
  const { algorithm, clock, importanceCap = null } = inputs;
  const rolledOutMs = clock.nowMs();
  const critic = criticFor(algorithm, inputs.policy);
  const credits = algorithm.credit(kept, {
    ...(await scoreByReference(inputs.reference, kept, inputs.temperature)),
    ...(critic === null ? {} : { values: await valuePaths(critic, kept) }),
  });
  const dealt = dealMinibatches(algorithm, credits, randomStream(inputs.seed, "minibatch", inputs.step));
  const { minibatches, figures: offPolicy } =
    importanceCap === null
      ? { minibatches: dealt, figures: null }
      : decoupledBatches(dealt, await scorePaths(inputs.policy, kept, inputs.temperature), importanceCap);
  const { outcomes, criticUpdates, gaps } = await update(inputs, minibatches, critic);
  const draws = { rounds, wanted: inputs.questionsPerStep };
  const { tokenizer } = inputs;
  const measured = measureStep({ algorithm, trees, credits, updates: outcomes, draws, estimate, tokenizer });
  const head =
    critic === null ? {} : { critic: measureCritic(credits, criticUpdates, isWarmup(algorithm, inputs.step)) };
  const first = outcomes[0];
  return {
    trees,
    credits,
    figures: { ...measured, ...head, warnings: [...measured.warnings, ...gapWarnings(gaps, inputs.gapLevels)] },
    updates: outcomes.length,
    skippedUpdates: outcomes.filter(({ optimizer }) => optimizer.skipped).length,
    loss: first === undefined ? null : first.report.loss,
    gradientNorm: mean(outcomes.flatMap(({ optimizer }) => optimizer.gradientNorm ?? [])),
    gaps,
    offPolicy,
    seconds: { rollout: rolloutSeconds, update: (clock.nowMs() - rolledOutMs) / 1000 },
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}
