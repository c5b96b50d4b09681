/**
 * One training step, stage by stage: questions → trees → credit → updates → figures. Everything random comes from streams
 * named by seed and step, so a step that is run again gives the same bytes.
 */
import type { GroupCredit } from "../algorithm/algorithm.ts";
import { dealMinibatches, type Minibatch } from "../algorithm/minibatch.ts";
import { measureStep, type UpdateOutcome } from "../algorithm/measure.ts";
import type { StepFigures } from "../algorithm/figures.ts";
import type { FrozenPolicy, OptimizerStep, Policy } from "../policy/policy.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { randomStream } from "../std/random.ts";
import { type DrawInputs, drawGroups } from "./draw-groups.ts";
import { checkGap, largestGap } from "./logprob-gap.ts";
import { scoreByReference } from "./reference-scores.ts";

export interface StepInputs extends DrawInputs {
  readonly policy: Policy;
  /** What the policy was when the run started, for a method that needs it. */
  readonly reference: FrozenPolicy | null;
  readonly optimizer: OptimizerStep;
  /** Largest gap between sampled and recomputed log-probabilities; null: any. */
  readonly maxLogprobGap: number | null;
}

export interface StepOutcome {
  readonly trees: readonly RolloutTree[];
  readonly credits: readonly GroupCredit[];
  readonly figures: StepFigures;
  readonly updates: number;
  readonly skippedUpdates: number;
  readonly loss: number | null;
  readonly gradientNorm: number | null;
  readonly logprobGap: number | null;
  readonly seconds: { readonly rollout: number; readonly update: number };
}

export async function trainStep(inputs: StepInputs): Promise<StepOutcome> {
  const { algorithm, clock } = inputs;
  const startedMs = clock.nowMs();
  const { trees, kept, rounds } = await drawGroups(inputs);
  const rolledOutMs = clock.nowMs();
  const credits = algorithm.credit(kept, await scoreByReference(inputs.reference, kept, inputs.temperature));
  const minibatches = dealMinibatches(algorithm, credits, randomStream(inputs.seed, "minibatch", inputs.step));
  const { outcomes, logprobGap } = await update(inputs, minibatches);
  const draws = { rounds, wanted: inputs.questionsPerStep };
  const figures = measureStep({ algorithm, trees, credits, updates: outcomes, draws, tokenizer: inputs.tokenizer });
  const first = outcomes[0];
  return {
    trees,
    credits,
    figures,
    updates: outcomes.length,
    skippedUpdates: outcomes.filter(({ optimizer }) => optimizer.skipped).length,
    loss: first === undefined ? null : first.report.loss,
    gradientNorm: mean(outcomes.map(({ optimizer }) => optimizer.gradientNorm)),
    logprobGap,
    seconds: { rollout: (rolledOutMs - startedMs) / 1000, update: (clock.nowMs() - rolledOutMs) / 1000 },
  };
}

interface Updates {
  readonly outcomes: readonly UpdateOutcome[];
  readonly logprobGap: number | null;
}

async function update(inputs: StepInputs, minibatches: readonly Minibatch[]): Promise<Updates> {
  const outcomes: UpdateOutcome[] = [];
  let logprobGap: number | null = null;
  for (const minibatch of minibatches) {
    inputs.signal.throwIfAborted();
    const report = await inputs.policy.accumulate(minibatch.trees, inputs.algorithm.loss, inputs.temperature);
    if (outcomes.length === 0) {
      const found = largestGap(minibatch, report);
      checkGap(found, { ...inputs, limit: inputs.maxLogprobGap });
      logprobGap = found?.gap ?? null;
    }
    outcomes.push({ minibatch, report, optimizer: await inputs.policy.step(inputs.optimizer) });
  }
  return { outcomes, logprobGap };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}
