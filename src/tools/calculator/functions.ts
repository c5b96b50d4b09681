/** The names that an expression may use: functions with how many arguments they take, and constants. Angles are radians. */
import {
  CalculatorError,
  compare,
  divide,
  type Float,
  float,
  floor,
  fraction,
  greatestDivisor,
  integer,
  multiply,
  negate,
  add,
  numberOf,
  power,
  type Value,
} from "./value.ts";

interface CalculatorFunction {
  readonly least: number;
  readonly most: number;
  readonly apply: (...given: readonly [Value, ...Value[]]) => Value;
}

const HALF = fraction(1n, 2n);
const ZERO = integer(0n);

export const CONSTANTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["pi", float(Math.PI)],
  ["e", float(Math.E)],
  ["tau", float(2 * Math.PI)],
]);

export const FUNCTIONS: ReadonlyMap<string, CalculatorFunction> = new Map<string, CalculatorFunction>([
  ["sqrt", one((a) => root(a, 2n))],
  ["cbrt", one((a) => root(a, 3n))],
  ["abs", one((a) => (compare(a, ZERO) < 0 ? negate(a) : a))],
  ["floor", one(floor)],
  ["ceil", one((a) => negate(floor(negate(a))))],
  ["trunc", one((a) => (compare(a, ZERO) < 0 ? negate(floor(negate(a))) : floor(a)))],
  ["round", { least: 1, most: 2, apply: rounded }],
  ["exp", one((a) => float(Math.exp(numberOf(a))))],
  ["ln", one((a) => logarithm(a, Math.log))],
  ["log2", one((a) => logarithm(a, Math.log2))],
  ["log10", one((a) => logarithm(a, Math.log10))],
  ["log", { least: 2, most: 2, apply: (a, base) => logarithmTo(a, base ?? ZERO) }],
  ["sin", one((a) => near(Math.sin(numberOf(a))))],
  ["cos", one((a) => near(Math.cos(numberOf(a))))],
  ["tan", one((a) => near(Math.tan(numberOf(a))))],
  ["asin", one((a) => float(Math.asin(numberOf(a))))],
  ["acos", one((a) => float(Math.acos(numberOf(a))))],
  ["atan", one((a) => float(Math.atan(numberOf(a))))],
  ["sinh", one((a) => float(Math.sinh(numberOf(a))))],
  ["cosh", one((a) => float(Math.cosh(numberOf(a))))],
  ["tanh", one((a) => float(Math.tanh(numberOf(a))))],
  ["degrees", one((a) => float((numberOf(a) * 180) / Math.PI))],
  ["radians", one((a) => float((numberOf(a) * Math.PI) / 180))],
  ["min", many((a, b) => (compare(b, a) < 0 ? b : a))],
  ["max", many((a, b) => (compare(b, a) > 0 ? b : a))],
  ["gcd", many((a, b) => integer(greatestDivisor(whole(a), whole(b))))],
  ["lcm", many((a, b) => leastMultiple(whole(a), whole(b)))],
  ["factorial", one(factorial)],
  ["binomial", { least: 2, most: 2, apply: (n, k) => binomial(whole(n), whole(k ?? ZERO)) }],
]);

function one(apply: (a: Value) => Value): CalculatorFunction {
  return { least: 1, most: 1, apply };
}

function many(fold: (a: Value, b: Value) => Value): CalculatorFunction {
  return { least: 2, most: 100, apply: (first, ...rest) => rest.reduce(fold, first) };
}

/** The exact root where there is one. */
function root(a: Value, degree: 2n | 3n): Value {
  const approximate = degree === 2n ? Math.sqrt : Math.cbrt;
  if (a.kind === "fraction") {
    const [top, bottom] = [wholeRoot(a.top, degree), wholeRoot(a.bottom, degree)];
    if (top !== null && bottom !== null) return fraction(top, bottom);
  }
  return float(approximate(numberOf(a)));
}

/** The whole number whose power is `a`, or null. Newton's iteration, from above. */
function wholeRoot(a: bigint, degree: 2n | 3n): bigint | null {
  if (a < 0n) {
    const positive = degree === 3n ? wholeRoot(-a, degree) : null;
    return positive === null ? null : -positive;
  }
  let guess = 1n << (BigInt(a.toString(2).length) / degree + 1n);
  for (;;) {
    const next = ((degree - 1n) * guess + a / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess ** degree === a ? guess : null;
    guess = next;
    if (guess === 0n) return a === 0n ? 0n : null;
  }
}

/** Halves away from zero, as people round; the second argument is the number of decimals. */
function rounded(a: Value, decimals: Value = ZERO): Value {
  const places = whole(decimals);
  if (places < -300n || places > 300n) throw new CalculatorError("round takes -300 to 300 decimals");
  const scale = power(integer(10n), integer(places));
  const scaled = multiply(a, scale);
  const nearest = compare(scaled, ZERO) < 0 ? negate(floor(add(negate(scaled), HALF))) : floor(add(scaled, HALF));
  return divide(nearest, scale);
}

function logarithm(a: Value, of: (value: number) => number): Value {
  if (compare(a, ZERO) <= 0) throw new CalculatorError("the logarithm takes a positive number");
  return float(of(numberOf(a)));
}

function logarithmTo(a: Value, base: Value): Value {
  const [of, to] = [logarithm(a, Math.log), logarithm(base, Math.log)];
  const quotient = Math.round(numberOf(of) / numberOf(to));
  // log(1000, 10) is 3, not 2.9999999999999996.
  const isExact = Number.isFinite(quotient) && compare(power(base, integer(BigInt(quotient))), a) === 0;
  return isExact ? integer(BigInt(quotient)) : divide(of, to);
}

/** sin(pi) is 0 for whoever asks: what is left below 15 decimals is the rounding of pi. */
function near(value: number): Float {
  return float(Math.abs(value) < 1e15 ? Number(value.toFixed(15)) : value);
}

function whole(a: Value): bigint {
  if (a.kind === "float" || a.bottom !== 1n) throw new CalculatorError("a whole number is expected");
  return a.top;
}

function leastMultiple(a: bigint, b: bigint): Value {
  const product = a * b;
  return fraction(product < 0n ? -product : product, greatestDivisor(a, b));
}

export function factorial(a: Value): Value {
  const n = whole(a);
  if (n < 0n || n > 2000n) throw new CalculatorError("the factorial takes a whole number from 0 to 2000");
  let product = 1n;
  for (let factor = 2n; factor <= n; factor++) product *= factor;
  return integer(product);
}

function binomial(n: bigint, k: bigint): Value {
  if (n < 0n || n > 2000n) throw new CalculatorError("binomial takes n from 0 to 2000");
  if (k < 0n || k > n) return ZERO;
  let count = 1n;
  for (let i = 1n; i <= k; i++) count = (count * (n - k + i)) / i;
  return integer(count);
}
