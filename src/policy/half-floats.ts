/** Half-precision numbers, to and from float32. */

/** The value of each of the 65,536 halves: a look-up is what a block format can afford for every block. */
export const HALF_VALUES: Float32Array = Float32Array.from({ length: 0x10000 }, (_, half) => halfValue(half));

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * The halves nearest to the numbers, ties to even, as little-endian bytes. Returns the index of the first number that no finite
 * half is near, or −1.
 */
export function writeHalves(values: Float32Array, out: Uint8Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let unfit = -1;
  for (let i = 0, at = 0; i < values.length; i++, at += 2) {
    const half = nearestHalf(bits[i] ?? 0);
    if (unfit < 0 && (half & 0x7c00) === 0x7c00) unfit = i;
    out[at] = half;
    out[at + 1] = half >> 8;
  }
  return unfit;
}

/** The half nearest to one number; for scales. Infinite where there is none. */
export function halfOf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  return nearestHalf(bits[0] ?? 0);
}

/** From the bits of a float32. */
function nearestHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // Not a number stays one.
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From half way between the largest half and what would be the next one.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // A normal half: 13 bits fewer, rounded by adding just less than half of the last one kept.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  // Below half of the smallest half, and at it (a tie, and zero is even).
  if (magnitude <= 0x33000000) return sign;
  const exponent = magnitude >>> 23;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (rest > half || (rest === half && kept & 1) ? kept + 1 : kept);
}
