/**
 * The largest of many numbers without sorting them: their bits are ordered as the numbers are, and three passes over the
 * digits find where to cut. Linear in the vocabulary, whatever the numbers.
 */

/** Digits of 32 bits, from the highest: shift and number of bits. */
const DIGITS = [
  [21, 11],
  [10, 11],
  [0, 10],
] as const;

export interface Cut {
  /** The largest of the values such that those from it upwards weigh at least the target; the least if all weigh less. */
  readonly value: number;
  /** What the values above it weigh. */
  readonly above: number;
}

/** Where values, taken from the largest down, reach `target` (> 0) by weight, each weighing 1 without `weights`. */
export function cutAt(values: Float32Array, weights: Float64Array | null, target: number): Cut {
  const keys = orderedKeys(values);
  let [decided, prefix, above] = [0, 0, 0];
  for (const [shift, bits] of DIGITS) {
    const digit = 2 ** bits - 1;
    const sums = new Float64Array(2 ** bits);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? 0;
      if (((key ^ prefix) & decided) !== 0) continue;
      const bucket = (key >>> shift) & digit;
      sums[bucket] = (sums[bucket] ?? 0) + (weights === null ? 1 : (weights[i] ?? 0));
    }
    const chosen = bucketReaching(sums, target, above);
    above = chosen.above;
    prefix |= chosen.bucket << shift;
    decided |= digit << shift;
  }
  return { value: valueOf(prefix), above };
}

/** Places of the `count` largest values, falling; of equal ones the earlier first. */
export function largest(values: Float32Array, count: number): number[] {
  if (count === 0) return [];
  const { value, above } = cutAt(values, null, Math.min(count, values.length));
  const [larger, equal]: [number[], number[]] = [[], []];
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? 0;
    if (x > value) larger.push(i);
    else if (x === value && above + equal.length < count) equal.push(i);
  }
  larger.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  return [...larger, ...equal];
}

/** The bucket, from the last down, in which the target is reached; the lowest that weighs something if rounding leaves it out. */
function bucketReaching(sums: Float64Array, target: number, start: number): { bucket: number; above: number } {
  let [bucket, above] = [-1, start];
  for (let next = sums.length - 1; next >= 0; next--) {
    const sum = sums[next] ?? 0;
    if (sum === 0) continue;
    if (bucket >= 0) above += sums[bucket] ?? 0;
    bucket = next;
    if (above + sum >= target) break;
  }
  return { bucket: Math.max(0, bucket), above };
}

/** Bits whose unsigned order is that of the numbers: the sign is turned round, and negative numbers are. −0 is 0. */
function orderedKeys(values: Float32Array): Int32Array {
  const keys = new Int32Array(values.length);
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < keys.length; i++) {
    const x = bits[i] ?? 0;
    keys[i] = x >= 0 || x === SIGN ? x | SIGN : ~x;
  }
  return keys;
}

const SIGN = 1 << 31;

function valueOf(key: number): number {
  const bits = Int32Array.of(key < 0 ? key ^ SIGN : ~key);
  return new Float32Array(bits.buffer)[0] ?? Number.NaN;
}
