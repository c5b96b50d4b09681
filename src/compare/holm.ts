/** Holm's step-down correction (Holm, 1979): the chance of any false claim in a family of comparisons stays at its level. */
import { TAIL } from "./estimate.ts";

export interface Corrected {
  /** The adjusted p-value: at most TAIL means a claim. */
  readonly p: number;
  /** The tail of the interval that holds 0 exactly where there is no claim. */
  readonly tail: number;
}

/** One entry a comparison, in the given order; null: not tested, and no part of the family. */
export function holmCorrected(values: readonly (number | null)[]): (Corrected | null)[] {
  const tested = values
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const corrected = new Map<number, Corrected>();
  let [least, tail] = [0, TAIL];
  for (const [rank, { p, index }] of tested.entries()) {
    const left = tested.length - rank;
    // After the first that is not claimed nothing is, and the level stays.
    if (least <= TAIL) tail = TAIL / left;
    least = Math.max(least, Math.min(1, p * left));
    corrected.set(index, { p: least, tail });
  }
  return values.map((_, index) => corrected.get(index) ?? null);
}
