/**
 * A fraction to a whole power whose exact value would be too long: 256 binary digits are kept at every squaring, so that compound
 * interest is right to the last digit of a float. (The float of 1 + 1e-9 alone is wrong in the 17th.)
 */
const KEPT = 256;

/** mantissa × 2^exponent. */
interface Long {
  readonly mantissa: bigint;
  readonly exponent: bigint;
}

/** (top / bottom)^times, bottom positive; may be infinite or zero. */
export function longPower(top: bigint, bottom: bigint, times: bigint): number {
  const size = top < 0n ? -top : top;
  const [over, under] = times < 0n ? [bottom, size] : [size, bottom];
  let square = shortened({ mantissa: (over << BigInt(KEPT + under.toString(2).length)) / under, exponent: 0n });
  square = { ...square, exponent: square.exponent - BigInt(KEPT + under.toString(2).length) };
  let result: Long = { mantissa: 1n, exponent: 0n };
  for (let left = times < 0n ? -times : times; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = product(result, square);
    square = product(square, square);
  }
  return numberOfLong(result) * (top < 0n && (times & 1n) === 1n ? -1 : 1);
}

function product(a: Long, b: Long): Long {
  return shortened({ mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent });
}

function shortened({ mantissa, exponent }: Long): Long {
  const spare = BigInt(Math.max(0, mantissa.toString(2).length - KEPT));
  return { mantissa: mantissa >> spare, exponent: exponent + spare };
}

function numberOfLong({ mantissa, exponent }: Long): number {
  const length = mantissa.toString(2).length;
  const power = Number(exponent) + length - 64;
  const scaled = Number(length > 64 ? mantissa >> BigInt(length - 64) : mantissa << BigInt(64 - length));
  if (power > 1100) return Number.POSITIVE_INFINITY;
  const half = Math.trunc(power / 2);
  return scaled * 2 ** half * 2 ** (power - half);
}
