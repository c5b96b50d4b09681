/**
 * The thread that does algebra: two LaTeX expressions, compared by their values at fixed points. compute-engine's own equality is
 * three-valued and leaves half of what matters open; values at five points answer nearly all of it (docs/decisions/2026-11-26-equal-at-five-points.md). Nothing of a
 * pair outlives it, so that the order of pairs changes no verdict. It may hang on a hostile expression: whoever asks kills it.
 */
import { ComputeEngine, type Expression } from "@cortex-js/compute-engine";
import { areClose, type Comparison, type ExpressionPair } from "./same-leaf.ts";

/** Values for symbols: of both signs, of no special ratio; five for each symbol. */
const POINTS: readonly number[] = [0.7372, 1.3841, -0.6217, 2.1173, -1.8911];
const STEP = 0.2347;
const TOLERANCE = 1e-9;
/** Of five; functions that are undefined at some points are compared at the others. */
const ENOUGH_POINTS = 3;
const MAX_NODES = 400;
const MAX_EXPONENT = 1000;
const MAX_TERMS = 20_000;

interface Complex {
  readonly re: number;
  readonly im: number;
}

const engine = new ComputeEngine();

/** Named, because that is how the pool calls it. */
export function compareExpressions({ a, b, rounded }: ExpressionPair): Comparison {
  engine.pushScope();
  try {
    const [left, right] = [parsed(a), parsed(b)];
    return left === null || right === null ? "undecided" : compared(left, right, rounded);
  } catch {
    return "undecided";
  } finally {
    engine.popScope();
  }
}

/** Null for what is no expression, or larger or more dangerous than any answer. */
function parsed(latex: string): Expression | null {
  const raw = engine.parse(latex, { form: "raw" });
  if (!isHarmless(raw.json)) return null;
  const expression = engine.parse(latex);
  return expression.isValid ? expression : null;
}

/** Towers of powers, large factorials and sums of many terms make numbers that fill the memory: they are not evaluated. */
function isHarmless(json: unknown): boolean {
  let nodes = 0;
  const visit = (node: unknown, terms: number): boolean => {
    if (++nodes > MAX_NODES) return false;
    if (!Array.isArray(node)) return true;
    const [head, ...rest] = node as readonly unknown[];
    if ((head === "Power" || head === "Superscript") && isLarge(rest[1])) return false;
    if ((head === "Factorial" || head === "Factorial2") && isLarge(rest[0])) return false;
    const inner = head === "Sum" || head === "Product" ? terms * termsOf(rest.slice(1)) : terms;
    return inner <= MAX_TERMS && rest.every((one) => visit(one, inner));
  };
  return visit(json, 1);
}

/** Numbers of which a power or factorial is too much; 0 is what is no plain number. */
const isLarge = (node: unknown): boolean => !(Math.abs(plainValue(node) ?? 0) <= MAX_EXPONENT);

function plainValue(node: unknown): number | null {
  if (typeof node === "number") return node;
  if (typeof node === "object" && node !== null && "num" in node) return Number(node.num);
  if (!Array.isArray(node)) return null;
  const [head, ...rest] = node as readonly unknown[];
  const values = rest.map((one) => plainValue(one)).filter((value) => value !== null);
  if (values.length !== rest.length) return null;
  const [a = 0, b = 1] = values;
  if (head === "Power" || head === "Superscript") return a ** b;
  if (head === "Divide" || head === "Rational") return a / b;
  if (head === "Negate") return -a;
  if (head === "Add") return values.reduce((sum, value) => sum + value, 0);
  if (head === "Factorial") return a > MAX_EXPONENT ? Infinity : Math.exp(a);
  return head === "Multiply" || head === "InvisibleOperator"
    ? values.reduce((product, value) => product * value, 1)
    : a;
}

/** At most how many terms a sum has, by the largest number in its limits; those without end are stopped by the clock. */
function termsOf(limits: readonly unknown[]): number {
  const numbers = limits.flatMap((limit): readonly unknown[] =>
    Array.isArray(limit) ? (limit as unknown[]) : [limit],
  );
  return Math.max(1, ...numbers.map((one) => Math.abs(plainValue(one) ?? 1)));
}

function compared(left: Expression, right: Expression, rounded: boolean): Comparison {
  const symbols = [...new Set([...left.unknowns, ...right.unknowns])].sort();
  if (symbols.length > 12) return "undecided";
  if (symbols.length === 0) return comparedConstants(left, right, rounded);
  const factors: number[] = [];
  let zeros = 0;
  for (const [i] of POINTS.entries()) {
    const point = Object.fromEntries(symbols.map((name, k) => [name, pointOf(i, k)]));
    const [x, y] = [valueOf(left.subs(point)), valueOf(right.subs(point))];
    if (x === null || y === null) continue;
    if (isZero(x) && isZero(y)) zeros++;
    else if (isZero(x) || isZero(y)) return "different";
    else {
      const factor = quotient(x, y);
      if (factor === null) return "different";
      factors.push(factor);
    }
  }
  return verdict(factors, zeros);
}

const pointOf = (point: number, symbol: number): number =>
  (POINTS[(point + symbol) % POINTS.length] ?? 1) * (1 + STEP * symbol);

function verdict(factors: readonly number[], zeros: number): Comparison {
  const [first] = factors;
  if (first === undefined) return zeros >= ENOUGH_POINTS ? { factor: 1 } : "undecided";
  if (factors.length + zeros < ENOUGH_POINTS) return "undecided";
  const isSteady = factors.every((factor) => Math.abs(factor - first) <= TOLERANCE * Math.abs(first));
  return isSteady ? { factor: first } : "different";
}

function comparedConstants(left: Expression, right: Expression, rounded: boolean): Comparison {
  const [x, y] = [valueOf(left), valueOf(right)];
  if (x === null || y === null) return "undecided";
  const scale = Math.max(size(x), size(y));
  const gap = Math.hypot(x.re - y.re, x.im - y.im);
  if (gap <= TOLERANCE * scale || scale < 1e-30) return { factor: 1 };
  const agree = rounded && sixPlaces(x.re) === sixPlaces(y.re) && sixPlaces(x.im) === sixPlaces(y.im);
  if (agree && areClose(size(x), size(y))) return { factor: 1 };
  const factor = isZero(y) ? null : quotient(x, y);
  return factor === null || factor === 1 ? "different" : { factor };
}

const sixPlaces = (value: number): number => Math.round(value * 1e6);
const size = ({ re, im }: Complex): number => Math.hypot(re, im);
const isZero = (value: Complex): boolean => size(value) < 1e-11;

/** x / y, if it is real. */
function quotient(x: Complex, y: Complex): number | null {
  const norm = y.re * y.re + y.im * y.im;
  const [re, im] = [(x.re * y.re + x.im * y.im) / norm, (x.im * y.re - x.re * y.im) / norm];
  return Number.isFinite(re) && Math.abs(im) <= TOLERANCE * Math.abs(re) ? re : null;
}

/** The number an expression is, or null. */
function valueOf(expression: Expression): Complex | null {
  const { re, im } = expression.N();
  return Number.isFinite(re) && Number.isFinite(im) ? { re, im } : null;
}
