/**
 * Sampling and training compute the same log-probabilities in different graphs (AEPO-H1). Where they differ by more than
 * rounding, ratios and gradients are wrong without looking wrong: the run stops before the first update with such numbers.
 */
import type { Minibatch } from "../algorithm/minibatch.ts";
import type { LossReport } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { GapFigures } from "../run/records.ts";
import { AepoError } from "../std/errors.ts";
import type { GapLevels } from "./gap-levels.ts";

/** The trained token whose two log-probabilities are furthest apart. */
export interface LogprobGap {
  /** |recomputed − sampled|; not a number if one of them is not. */
  readonly gap: number;
  readonly sampled: number;
  readonly recomputed: number;
  readonly question: string;
  readonly path: number;
  /** Index among the tokens the policy wrote on the path, from 0. */
  readonly token: number;
  readonly id: number;
}

/** Every trained token of a mini-batch, its two log-probabilities together. */
function* pairs({ trees }: Pick<Minibatch, "trees">, report: Pick<LossReport, "logprobs">) {
  let next = 0;
  for (const [tree, { paths, ids }] of trees.entries()) {
    for (const [path, { oldLogprobs, tokens }] of paths.entries()) {
      for (const [token, recomputed] of (report.logprobs[next++] ?? []).entries()) {
        const sampled = oldLogprobs[token] ?? Number.NaN;
        yield { tree, path, token, id: ids[tokens[token] ?? 0] ?? 0, sampled, recomputed };
      }
    }
  }
}

/** At a step's first update: before it, the weights are those that sampled. Null if no token is trained. */
export function largestGap(minibatch: Minibatch, report: Pick<LossReport, "logprobs">): LogprobGap | null {
  let largest: LogprobGap | null = null;
  for (const { tree, path: index, ...pair } of pairs(minibatch, report)) {
    const gap = Math.abs(pair.recomputed - pair.sampled);
    if (largest !== null && !(gap > largest.gap || Number.isNaN(gap))) continue;
    const group = minibatch.groups[tree];
    largest = { ...pair, gap, question: group?.tree.question.id ?? "", path: group?.paths[index]?.path ?? index };
    if (Number.isNaN(gap)) return largest;
  }
  return largest;
}

/** The gaps of a step's first update as a distribution; null if no token is trained. */
export function gapFigures(minibatch: Minibatch, report: Pick<LossReport, "logprobs">): GapFigures | null {
  const differences = Array.from(pairs(minibatch, report), ({ sampled, recomputed }) => recomputed - sampled);
  return differences.length === 0 ? null : distributionOf(differences);
}

/** Quantiles are observed values: the smallest that at least the share p is not above. */
export function distributionOf(differences: readonly number[]): GapFigures {
  const sizes = Float64Array.from(differences, Math.abs).sort();
  const quantile = (p: number): number => sizes[Math.max(0, Math.ceil(p * sizes.length) - 1)] ?? Number.NaN;
  return {
    tokens: sizes.length,
    mean: differences.reduce((sum, x) => sum + x, 0) / differences.length,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    max: quantile(1),
  };
}

/** Throws if a token is further apart than the level to stop at; null: never. */
export function checkGap(
  found: LogprobGap | null,
  { levels, step, tokenizer }: { levels: GapLevels; step: number; tokenizer: Pick<Tokenizer, "token"> },
): void {
  const { stop } = levels;
  if (found === null || stop === null || found.gap <= stop) return;
  const { question, path, token, id, sampled, recomputed } = found;
  const where = `question ${question}, path ${path}, token ${token} of the policy (${JSON.stringify(tokenizer.token(id))})`;
  throw new AepoError("policy", `step ${step}: a log-probability is not what it was when its token was sampled`, {
    expected: `a gap of at most ${stop} (train.maxLogprobGap.stop)`,
    exists: `${where}: sampled ${sampled}, computed again ${recomputed}`,
    fix: "the engine samples and trains with different numbers, so please report it; train.maxLogprobGap.stop=null goes on and logs the gap",
  });
}

/** What the journal says where the bulk of the tokens is further apart than the level to warn at. */
export function gapWarnings(found: GapFigures | null, { warn }: GapLevels): string[] {
  if (found === null || warn === null || found.p99 <= warn) return [];
  const shown = [found.p50, found.p99, found.max].map((gap) => gap.toExponential(1)).join(", ");
  return [
    `sampling and training differ: one token in a hundred by more than ${warn} (train.maxLogprobGap.warn); median, 99th percentile and largest: ${shown}`,
  ];
}
