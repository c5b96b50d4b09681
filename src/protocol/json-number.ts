/** Numbers as JSON has them: there is no NaN, a null stands for it. */

export function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** What a null on the wire stands for. */
export function number(value: number | null): number {
  return value ?? Number.NaN;
}
