/** From speeds to hours: what a recipe's tokens take at the speeds of a probe. Pure arithmetic on the recipe's own numbers. */
import type { ColdStartConfig, RunConfig } from "../config.ts";
import type { PathLengths } from "./path-lengths.ts";

/** Of this machine and model. */
export interface Speeds {
  /** Tokens a second forward and backward. */
  readonly training: number;
  /** Tokens a second that are drawn, all rows together; null: not measured. */
  readonly sampling: number | null;
  readonly optimizerStepSeconds: number;
}

export interface EstimateRow {
  readonly what: "rollouts" | "updates" | "evaluations";
  /** How often. */
  readonly times: number;
  /** Over the whole run. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface Estimate {
  readonly rows: readonly EstimateRow[];
  readonly seconds: number;
}

/** Tokens that are only read are a forward pass: a third of the work of training on them. */
const FORWARD_SPEEDUP = 3;

export function estimateTrain(config: RunConfig, steps: number, speeds: Speeds, lengths: PathLengths): Estimate {
  const { train, algorithm, eval: evaluation } = config;
  const paths = train.questionsPerStep * algorithm.groupSize;
  // A question's prompt is in its tree once.
  const unique = train.questionsPerStep * lengths.prompt + paths * (lengths.path - lengths.prompt);
  const full = evaluation.every > 0 ? 2 : 0;
  const between = evaluation.every > 0 ? Math.ceil(steps / evaluation.every) - 1 : 0;
  const evaluated = full * evaluation.questions * evaluation.samples + between * evaluation.progressQuestions;
  const updates = steps * algorithm.updates;
  return total([
    sampled("rollouts", steps, steps * paths, speeds, lengths),
    {
      what: "updates",
      times: updates,
      tokens: steps * unique,
      seconds: (steps * unique) / speeds.training + updates * speeds.optimizerStepSeconds,
    },
    sampled("evaluations", full + between, evaluated, speeds, lengths),
  ]);
}

export function estimateColdStart(
  { steps, batch }: Pick<ColdStartConfig["sft"], "steps" | "batch">,
  speeds: Speeds,
  { path }: PathLengths,
): Estimate {
  const tokens = steps * batch * path;
  const seconds = tokens / speeds.training + steps * speeds.optimizerStepSeconds;
  return total([{ what: "updates", times: steps, tokens, seconds }]);
}

function sampled(
  what: EstimateRow["what"],
  times: number,
  paths: number,
  speeds: Speeds,
  { path, written }: PathLengths,
): EstimateRow {
  const drawn = speeds.sampling === null ? Number.NaN : (paths * written) / speeds.sampling;
  const read = (paths * (path - written)) / (FORWARD_SPEEDUP * speeds.training);
  return { what, times, tokens: paths * path, seconds: paths === 0 ? 0 : drawn + read };
}

function total(rows: readonly EstimateRow[]): Estimate {
  return { rows, seconds: rows.reduce((sum, { seconds }) => sum + seconds, 0) };
}
