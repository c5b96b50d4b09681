/**
 * A mean over seeds and questions and its error, by resampling both. The questions are the same for every seed, so a resample draws
 * seeds, draws questions and takes all their crossings; one draw fewer than there are makes the variance unbiased (Rao and Wu, 1988).
 * The deviation of infinitely many such resamples has a closed form, so none is drawn: `estimate.test.ts` draws them. Noise that is
 * neither the seed's nor the question's counts more than once (Owen, 2007): intervals err to the wide side.
 */
import { tQuantile, twoSidedTail } from "./student.ts";

/** A value a seed (row) and question (column). */
export type Crossed = readonly (readonly number[])[];

export interface Estimated {
  readonly value: number;
  readonly seeds: number;
  /** Null with a single seed, and where all give exactly the same (few seeds of a count do, by chance): nothing shows how much another would differ. */
  readonly error: number | null;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const TAIL = 0.05;

export function estimateMean(values: Crossed): Estimated {
  const seeds = values.length;
  const value = mean(values.map(mean));
  const error = seeds < 2 ? null : resampledError(values);
  return { value, seeds, error: error === 0 && value !== 0 ? null : error };
}

/** Student's t with seeds − 1 degrees of freedom: percentiles of a resampling of few seeds are far too narrow. */
export function intervalOf({ value, seeds, error }: Estimated, tail = TAIL): Interval | null {
  if (error === null) return null;
  const reach = tQuantile(tail, seeds - 1) * error;
  return { low: value - reach, high: value + reach };
}

/** Two-sided p-value of "the mean is 0". */
export function pValue({ value, seeds, error }: Estimated): number | null {
  if (error === null) return null;
  if (error === 0) return 1;
  return twoSidedTail(value / error, seeds - 1);
}

/** Standard deviation of the mean over all resamples: parts of the seeds, of the questions, and of what is left. */
function resampledError(values: Crossed): number {
  const [seeds, questions] = [values.length, values[0]?.length ?? 0];
  const ofSeeds = values.map(mean);
  const ofQuestions = Array.from({ length: questions }, (_, q) => mean(values.map((row) => row[q] ?? 0)));
  const centre = mean(ofSeeds);
  const square = (value: number): number => value * value;
  const seedPart = sum(ofSeeds.map((value) => square(value - centre))) / (seeds * (seeds - 1));
  if (questions < 2) return rounded(Math.sqrt(seedPart), centre);
  const both = questions * (questions - 1);
  const questionPart = sum(ofQuestions.map((value) => square(value - centre))) / both;
  const rest = values.map((row, s) =>
    sum(row.map((value, q) => square(value - (ofSeeds[s] ?? 0) - (ofQuestions[q] ?? 0) + centre))),
  );
  return rounded(Math.sqrt(seedPart + questionPart + sum(rest) / (seeds * (seeds - 1) * both)), centre);
}

/** Equal values differ by rounding only. */
function rounded(error: number, value: number): number {
  return error <= 1e-12 * Math.abs(value) ? 0 : error;
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
