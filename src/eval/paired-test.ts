/**
 * Is B better than A on the same questions? The mean of the differences question by question, its bootstrap interval, and the
 * p-value of a sign-flip permutation test: were A and B alike, each difference could as well have the other sign.
 */
import { randomStream } from "../std/random.ts";
import { bootstrapMean, type Interval } from "./pass-at-k.ts";

export interface PairedTest {
  readonly questions: number;
  /** Mean of b − a, 95 %. */
  readonly difference: Interval;
  /** Two-sided. */
  readonly p: number;
  /** All flips were counted; else 20,000 were drawn. */
  readonly exact: boolean;
}

const MOST_COUNTED = 16;
const DRAWS = 20_000;
/** Sums of the same numbers in another order may differ in the last bits. */
const SLACK = 1e-9;

export function pairedTest(a: readonly number[], b: readonly number[], seed: number): PairedTest {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`a paired test needs as many values of b as of a, got ${a.length} and ${b.length}`);
  }
  const differences = b.map((value, i) => value - (a[i] ?? 0));
  // What does not differ has no sign to flip.
  const flipped = differences.filter((difference) => difference !== 0);
  const exact = flipped.length <= MOST_COUNTED;
  const p = exact ? countedP(flipped) : drawnP(flipped, seed);
  return { questions: a.length, difference: bootstrapMean(differences, seed), p, exact };
}

function countedP(differences: readonly number[]): number {
  const reached = reachedBy(differences);
  const flips = 2 ** differences.length;
  let hits = 0;
  for (let flip = 0; flip < flips; flip++) {
    let sum = 0;
    for (const [i, difference] of differences.entries()) sum += (flip >> i) & 1 ? -difference : difference;
    if (reached(sum)) hits++;
  }
  return hits / flips;
}

/** The flips seen count as one of the draws: p is never 0. */
function drawnP(differences: readonly number[], seed: number): number {
  const reached = reachedBy(differences);
  const random = randomStream(seed, "sign flips", differences.length);
  let hits = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let sum = 0;
    for (const difference of differences) sum += random.uniform() < 0.5 ? -difference : difference;
    if (reached(sum)) hits++;
  }
  return (hits + 1) / (DRAWS + 1);
}

function reachedBy(differences: readonly number[]): (sum: number) => boolean {
  const seen = Math.abs(differences.reduce((sum, x) => sum + x, 0));
  return (sum) => Math.abs(sum) >= seen - SLACK;
}
