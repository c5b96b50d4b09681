/** Figures of the value head (B-PPO): how much of the returns its values explained, before anything was learnt from them. */
import type { CriticReport, OptimizerReport } from "../policy/policy.ts";
import { moments } from "./advantage.ts";
import type { GroupCredit } from "./algorithm.ts";
import type { CriticFigures } from "./figures.ts";

/** One optimiser step of the value head. */
export interface CriticUpdate {
  readonly report: CriticReport;
  readonly optimizer: OptimizerReport;
}

/** Null for a method without a critic, and where nothing was trained. */
export function measureCritic(
  credits: readonly GroupCredit[],
  updates: readonly CriticUpdate[],
  warmup: boolean,
): CriticFigures | null {
  if (updates.length === 0) return null;
  const targets = credits.flatMap(({ paths }) => paths.flatMap((path) => path.targets ?? []));
  const values = targets.flatMap(({ oldValues }) => [...oldValues]);
  const returns = targets.flatMap((target) => [...target.returns]);
  return {
    warmup,
    explainedVariance: explainedVariance(values, returns),
    valueLoss: moments(updates.map(({ report }) => report.loss)).mean,
    valueMean: moments(values).mean,
    returnMean: moments(returns).mean,
    gradientNorm: moments(updates.flatMap(({ optimizer }) => optimizer.gradientNorm ?? [])).mean,
  };
}

/** 1 − Var(R − V)/Var(R): 1 for a perfect critic, 0 for any constant, below for a worse one; null where all returns are equal. */
export function explainedVariance(values: readonly number[], returns: readonly number[]): number | null {
  const { std } = moments(returns);
  if (std === 0) return null;
  return 1 - (moments(returns.map((x, i) => x - (values[i] ?? 0))).std / std) ** 2;
}
