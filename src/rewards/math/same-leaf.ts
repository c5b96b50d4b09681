/**
 * Whether two expressions are the same number or the same function. What can be read exactly is compared exactly; a number
 * written with a decimal point may be rounded, to six places as Math-Verify has it; the rest is asked of the algebra.
 */
import { approximate, compareExact, type ExactNumber, exactOf } from "./exact-number.ts";
import type { Leaf } from "./math-value.ts";

/** What is known about two expressions: proportional with this factor (1: equal), different, not decidable, or not in time. */
export type Comparison = { readonly factor: number } | "different" | "undecided" | "late";

export interface ExpressionPair {
  readonly a: string;
  readonly b: string;
  /** One of them has a decimal point: constants are equal if they are once rounded to six places. */
  readonly rounded: boolean;
}

/** Algebra on LaTeX. Never rejects; what takes too long is undecided. */
export type Algebra = (pair: ExpressionPair) => Promise<Comparison>;

const HAS_DECIMAL = /\d\.\d/;

export async function sameLeaf(a: Leaf, b: Leaf, algebra: Algebra): Promise<boolean> {
  if (a.percent !== b.percent) return samePercent(a, b, algebra);
  if (compact(a.latex) === compact(b.latex)) return compact(a.latex) !== "";
  if (a.exact !== null && b.exact !== null) return sameExact(a.exact, b.exact);
  if (a.latex === "" || b.latex === "") return false;
  return isEqual(await compare(a.latex, b.latex, algebra));
}

/** 28 %, 28 and 0.28 are the same answer: what a percent sign means depends on the question. */
async function samePercent(a: Leaf, b: Leaf, algebra: Algebra): Promise<boolean> {
  const [percent, other] = a.percent ? [a, b] : [b, a];
  if (percent.exact === null || other.exact === null) return sameLeaf({ ...percent, percent: false }, other, algebra);
  // 0.5 is not 0.5 %: what is below 1 and no whole number is a share already.
  const { numerator, denominator } = other.exact;
  const isShare = denominator !== 1n && numerator < denominator && -numerator < denominator;
  if (!isShare && sameExact(percent.exact, other.exact)) return true;
  const share = exactOf(percent.exact.numerator, percent.exact.denominator * 100n, percent.exact.decimal);
  return share !== null && sameExact(share, other.exact);
}

export async function compare(a: string, b: string, algebra: Algebra): Promise<Comparison> {
  return algebra({ a, b, rounded: HAS_DECIMAL.test(a) || HAS_DECIMAL.test(b) });
}

export function isEqual(comparison: Comparison): boolean {
  return typeof comparison === "object" && Math.abs(comparison.factor - 1) < 1e-9;
}

/** Spaces mean nothing in LaTeX but behind a command, where braces or signs follow in tidy text. */
export function compact(latex: string): string {
  return latex.replace(/(\\[A-Za-z]+) (?=[A-Za-z])/g, "$1\u0000").replaceAll(" ", "");
}

function sameExact(a: ExactNumber, b: ExactNumber): boolean {
  if (compareExact(a, b) === 0) return true;
  if (!a.decimal && !b.decimal) return false;
  return sixPlaces(a) === sixPlaces(b) && areClose(approximate(a), approximate(b));
}

function sixPlaces({ numerator, denominator }: ExactNumber): bigint {
  const scaled = numerator * 2_000_000n + (numerator < 0n ? -denominator : denominator);
  return scaled / (2n * denominator);
}

/** What is tiny does not equal all that is tiny: they must agree in their leading digits too. */
export function areClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b));
}
