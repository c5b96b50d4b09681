/** Norm of the difference over the norm of the reference; infinite where lengths differ or a number is none. */
export function normError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length || wanted.length === 0) return Number.POSITIVE_INFINITY;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    const reference = wanted[i] ?? 0;
    difference += ((found[i] ?? Number.NaN) - reference) ** 2;
    norm += reference ** 2;
  }
  const error = Math.sqrt(difference / norm);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

export function worstOf(errors: Iterable<number>): number {
  return Math.max(0, ...errors);
}
