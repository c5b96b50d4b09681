/**
 * Several sources in one endless order, by weight: which source is asked at an index, and for the how-many-eth time, as a formula.
 * Every beginning of the order holds each source as often as its weight says, give or take one a source before it; nothing is drawn.
 */

export interface Turn {
  readonly source: number;
  /** How often the source had its turn before. */
  readonly rank: number;
}

/** Weights that are no small integers are rounded to this many parts of the largest, so that the formula is exact. */
const PARTS = 2 ** 20;

/** `weights`: positive. With the sources' sizes for weights, their sum of turns holds each question once. */
export function mixture(weights: readonly number[]): (index: number) => Turn {
  const parts = wholeParts(weights);
  return (index) => {
    let [at, left] = [index, parts.reduce((sum, part) => sum + part, 0)];
    for (const [source, part] of parts.entries()) {
      // Of every `left` turns that are left, `part` go to this source, evenly spread.
      const before = Math.floor((at * part) / left);
      if (part === left || Math.floor(((at + 1) * part) / left) > before) return { source, rank: before };
      [at, left] = [at - before, left - part];
    }
    throw new RangeError("a mixture of nothing");
  };
}

function wholeParts(weights: readonly number[]): number[] {
  if (weights.every((weight) => Number.isSafeInteger(weight) && weight <= 2 * PARTS)) return [...weights];
  const largest = Math.max(...weights);
  return weights.map((weight) => Math.max(1, Math.round((weight / largest) * PARTS)));
}
