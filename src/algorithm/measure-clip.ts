/** Figures of the update (aepo.md §7): what the clip touched, and what the stop-gradient gave back. */
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { LossReport, OptimizerReport } from "../policy/policy.ts";
import { moments, pathEntropies } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { clampedRatio } from "./clip.ts";
import type { ClipFigures, FactorFigures } from "./figures.ts";
import type { Minibatch } from "./minibatch.ts";

/** One optimiser step: what was trained and what the engine reported. */
export interface UpdateOutcome {
  readonly minibatch: Minibatch;
  readonly report: LossReport;
  readonly optimizer: OptimizerReport;
}

/** One path-token at its update. */
interface PathToken {
  readonly id: number;
  readonly ratio: number;
  readonly advantage: number;
  readonly entropy: number;
}

const MOST_CLIPPED = 20;

export function measureClip(
  algorithm: Pick<Algorithm, "clip" | "pathRatios" | "gradientFactor">,
  updates: readonly UpdateOutcome[],
  tokenizer: Pick<Tokenizer, "token">,
): ClipFigures | null {
  const tokens = updates.flatMap((update) => pathTokens(update, algorithm));
  if (tokens.length === 0) return null;
  const { low, high } = algorithm.clip;
  // F ≠ δ; the loss clamps log δ, so F is compared with the ratio it has then.
  const clipped = ({ ratio, advantage }: PathToken): boolean =>
    algorithm.gradientFactor(ratio, advantage) !== clampedRatio(ratio);
  const above = tokens.filter((token) => token.ratio > 1 + high && clipped(token));
  const below = tokens.filter((token) => token.ratio < 1 - low && clipped(token));
  const force = ({ ratio, advantage }: PathToken): number =>
    Math.abs(algorithm.gradientFactor(ratio, advantage) * advantage);
  const total = sumOf(tokens.map(force));
  const restored = total > 0 ? sumOf([...above, ...below].map(force)) / total : 0;
  return {
    pathTokens: tokens.length,
    highShare: above.length / tokens.length,
    lowShare: below.length / tokens.length,
    highEntropy: meanEntropy(above),
    lowEntropy: meanEntropy(below),
    allEntropy: meanEntropy(tokens) ?? 0,
    restoredShare: restored,
    mostClipped: mostClipped(tokens, [...above, ...below], tokenizer),
  };
}

/** AEPO-L2's factor over the path-tokens that were trained. */
export function measureFactor(updates: readonly UpdateOutcome[]): FactorFigures | null {
  const factors = updates.flatMap(({ minibatch }) =>
    minibatch.groups.flatMap(({ paths }) => paths.flatMap((path) => Array.from(path.factors))),
  );
  if (factors.length === 0) return null;
  const { mean, std } = moments(factors);
  const [min, max] = factors.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, -Infinity]);
  return { mean, std, min, max, bounded: factors.filter((factor) => factor === 0).length };
}

function pathTokens({ minibatch, report }: UpdateOutcome, { pathRatios }: Pick<Algorithm, "pathRatios">): PathToken[] {
  let index = 0;
  return minibatch.groups.flatMap(({ tree, paths }, group) =>
    paths.flatMap(({ path, advantages }, member) => {
      const lossTree = minibatch.trees[group];
      const lossPath = lossTree?.paths[member];
      const logprobs = report.logprobs[index++];
      const entropies = pathEntropies(tree, path);
      const logRatios = Array.from(advantages, (_, t) => (logprobs?.[t] ?? 0) - (lossPath?.oldLogprobs[t] ?? 0));
      const ratios = pathRatios?.(logRatios) ?? logRatios.map(Math.exp);
      return Array.from(advantages, (advantage, t) => ({
        id: lossTree?.ids[lossPath?.tokens[t] ?? 0] ?? 0,
        ratio: ratios[t] ?? 1,
        advantage,
        entropy: entropies[t] ?? 0,
      }));
    }),
  );
}

function mostClipped(
  tokens: readonly PathToken[],
  clipped: readonly PathToken[],
  tokenizer: Pick<Tokenizer, "token">,
): ClipFigures["mostClipped"] {
  const clippedById = countById(clipped);
  const trainedById = countById(tokens);
  return [...clippedById]
    .sort(([idA, a], [idB, b]) => b - a || idA - idB)
    .slice(0, MOST_CLIPPED)
    .map(([id, count]) => ({ token: tokenizer.token(id), clipped: count, trained: trainedById.get(id) ?? 0 }));
}

function countById(tokens: readonly PathToken[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { id } of tokens) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function meanEntropy(tokens: readonly PathToken[]): number | null {
  return tokens.length === 0 ? null : sumOf(tokens.map(({ entropy }) => entropy)) / tokens.length;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0);
}
