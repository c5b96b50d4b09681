/**
 * The numbers of the calculator: a fraction of two integers as long as the result is one and has a sane size, a float where it
 * is not (roots, sines) or would be too long. Operations take what stands in the expression; none takes long, whatever it holds.
 */
import { longPower } from "./long-power.ts";

export interface Fraction {
  readonly kind: "fraction";
  readonly top: bigint;
  /** Positive; no common divisor with `top`. */
  readonly bottom: bigint;
}

export interface Float {
  readonly kind: "float";
  readonly value: number;
}

export type Value = Fraction | Float;

/** What is wrong with an expression, as the policy reads it. */
export class CalculatorError extends Error {}

/** Beyond this many bits (about 10,000 digits) of either part a fraction becomes a float. */
const MAX_BITS = 33_220;

export function integer(value: bigint): Fraction {
  return { kind: "fraction", top: value, bottom: 1n };
}

/** A float that is a number. Throws CalculatorError for what is none. */
export function float(value: number): Float {
  if (Number.isNaN(value)) throw new CalculatorError("no real number is the result");
  if (!Number.isFinite(value)) throw new CalculatorError("the result is too large");
  return { kind: "float", value };
}

/** The reduced fraction, or the float next to it when it is too long. Throws CalculatorError for a division by zero. */
export function fraction(top: bigint, bottom: bigint): Value {
  if (bottom === 0n) throw new CalculatorError("division by zero");
  const divisor = greatestDivisor(top, bottom) * (bottom < 0n ? -1n : 1n);
  const reduced: Fraction = { kind: "fraction", top: top / divisor, bottom: bottom / divisor };
  const isShort = bitsOf(reduced.top) <= MAX_BITS && bitsOf(reduced.bottom) <= MAX_BITS;
  return isShort ? reduced : float(numberOf(reduced));
}

/** The nearest float, also of fractions whose parts are beyond what floats hold. */
export function numberOf(value: Value): number {
  if (value.kind === "float") return value.value;
  const { top, bottom } = value;
  const shift = bitsOf(top) - bitsOf(bottom);
  // 64 significant bits before rounding.
  const scaled = shift > 64 ? top / (bottom << BigInt(shift - 64)) : (top << BigInt(64 - shift)) / bottom;
  const exponent = shift - 64;
  const half = Math.trunc(exponent / 2);
  return Number(scaled) * 2 ** half * 2 ** (exponent - half);
}

export function add(a: Value, b: Value): Value {
  if (a.kind === "float" || b.kind === "float") return float(numberOf(a) + numberOf(b));
  return fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
}

export function negate(a: Value): Value {
  return a.kind === "float" ? float(-a.value) : { ...a, top: -a.top };
}

export function multiply(a: Value, b: Value): Value {
  if (a.kind === "float" || b.kind === "float") return float(numberOf(a) * numberOf(b));
  return fraction(a.top * b.top, a.bottom * b.bottom);
}

export function divide(a: Value, b: Value): Value {
  if (isZero(b)) throw new CalculatorError("division by zero");
  if (a.kind === "float" || b.kind === "float") return float(numberOf(a) / numberOf(b));
  return fraction(a.top * b.bottom, a.bottom * b.top);
}

/** What is left after dividing, with the sign of the divisor. */
export function remainder(a: Value, b: Value): Value {
  return add(a, negate(multiply(b, floor(divide(a, b)))));
}

export function power(base: Value, exponent: Value): Value {
  if (exponent.kind === "fraction" && exponent.bottom === 1n) {
    if (isZero(base) && exponent.top < 0n) throw new CalculatorError("division by zero");
    const times = exponent.top < 0n ? -exponent.top : exponent.top;
    const isShort = base.kind === "fraction" && BigInt(bitsOf(base.top) + bitsOf(base.bottom)) * times <= MAX_BITS;
    if (base.kind === "fraction" && !isShort) return float(longPower(base.top, base.bottom, exponent.top));
    if (base.kind === "fraction") {
      const [top, bottom] = [base.top ** times, base.bottom ** times];
      return exponent.top < 0n ? fraction(bottom, top) : fraction(top, bottom);
    }
  }
  return float(numberOf(base) ** numberOf(exponent));
}

export function floor(a: Value): Value {
  if (a.kind === "float") return integer(BigInt(Math.floor(a.value)));
  const quotient = a.top / a.bottom;
  return integer(a.top < 0n && quotient * a.bottom !== a.top ? quotient - 1n : quotient);
}

/** Negative, zero or positive, as a sort wants it. */
export function compare(a: Value, b: Value): number {
  if (a.kind === "float" || b.kind === "float") return numberOf(a) - numberOf(b);
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : Number(difference > 0n);
}

export function isZero(a: Value): boolean {
  return a.kind === "float" ? a.value === 0 : a.top === 0n;
}

/** Of the absolute values; 1 for two zeros, so that one can divide by it. */
export function greatestDivisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (small > 0n) [large, small] = [small, large % small];
  return large === 0n ? 1n : large;
}

function bitsOf(value: bigint): number {
  const digits = (value < 0n ? -value : value).toString(16);
  return value === 0n ? 0 : digits.length * 4 - Math.clz32(Number.parseInt(digits[0] ?? "0", 16)) + 28;
}
