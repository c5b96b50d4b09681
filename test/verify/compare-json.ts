/** Two JSON values, number by number: relative to the second where it is above 1; infinite where they differ otherwise. */
export interface Comparison {
  readonly numbers: number;
  readonly worst: number;
}

export function compare(found: unknown, expected: unknown): Comparison {
  if (typeof found === "number" && typeof expected === "number") {
    return { numbers: 1, worst: Math.abs(found - expected) / Math.max(1, Math.abs(expected)) };
  }
  if (typeof found !== "object" || typeof expected !== "object" || found === null || expected === null) {
    return { numbers: 0, worst: found === expected ? 0 : Number.POSITIVE_INFINITY };
  }
  const [left, right] = [new Map(Object.entries(found)), new Map(Object.entries(expected))];
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  const parts = keys.map((key) => compare(left.get(key), right.get(key)));
  return {
    numbers: parts.reduce((sum, part) => sum + part.numbers, 0),
    worst: parts.reduce((worst, part) => Math.max(worst, part.worst), 0),
  };
}
