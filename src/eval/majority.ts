/**
 * maj@k: how often the majority of k answers, drawn from the n that there are, is right. The expectation over all C(n, k) draws
 * is computed, not sampled. A tie goes to the answer whose text comes first: the order of the samples makes no difference.
 */
import { choose } from "./choose.ts";

/** An answer as a voter. */
export interface Vote {
  /** Text that stands for all answers equal to it; null: no answer, which is drawn and does not vote. */
  readonly answer: string | null;
  readonly correct: boolean;
}

export function majorityAtK(votes: readonly Vote[], k: number): number {
  if (k < 1 || k > votes.length) throw new RangeError(`maj@${k} needs 1 ≤ k ≤ samples, got ${votes.length} samples`);
  const classes = classesOf(votes);
  const silent = votes.length - classes.reduce((sum, { count }) => sum + count, 0);
  const draws = choose(votes.length, k);
  return classes.reduce(
    (sum, { right }, at) => (right === 0 ? sum : sum + (right * winningDraws(classes, at, silent, k)) / draws),
    0,
  );
}

interface AnswerClass {
  readonly count: number;
  /** Share of its answers that are right: 0 or 1, unless a judge contradicts itself. */
  readonly right: number;
}

/** In the order in which they win ties. */
function classesOf(votes: readonly Vote[]): AnswerClass[] {
  const classes = new Map<string, { count: number; right: number }>();
  for (const { answer, correct } of votes) {
    if (answer === null) continue;
    const { count, right } = classes.get(answer) ?? { count: 0, right: 0 };
    classes.set(answer, { count: count + 1, right: right + (correct ? 1 : 0) });
  }
  return [...classes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { count, right }]) => ({ count, right: right / count }));
}

/** Draws of k in which the class wins: it is drawn j times, the ones before it fewer than j times, those behind it at most j. */
function winningDraws(classes: readonly AnswerClass[], winner: number, silent: number, k: number): number {
  let draws = 0;
  for (let j = 1; j <= Math.min(k, classes[winner]?.count ?? 0); j++) {
    let ways = coefficients(silent, silent, k - j);
    for (const [at, { count }] of classes.entries()) {
      if (at !== winner) ways = product(ways, coefficients(count, at < winner ? j - 1 : j, k - j), k - j);
    }
    draws += choose(classes[winner]?.count ?? 0, j) * (ways[k - j] ?? 0);
  }
  return draws;
}

/** Ways to draw 0, 1, 2, … of `count`, at most `most` and `degree`. */
function coefficients(count: number, most: number, degree: number): number[] {
  return Array.from({ length: Math.min(count, most, degree) + 1 }, (_, drawn) => choose(count, drawn));
}

/** Of two polynomials, cut behind `degree`. */
function product(a: readonly number[], b: readonly number[], degree: number): number[] {
  const sums = new Array<number>(Math.min(a.length + b.length - 1, degree + 1)).fill(0);
  for (const [i, x] of a.entries()) {
    for (const [j, y] of b.entries()) {
      if (i + j < sums.length) sums[i + j] = (sums[i + j] ?? 0) + x * y;
    }
  }
  return sums;
}
