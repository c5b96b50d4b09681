/** Whether two equations or inequalities say the same, and an inequality as an interval. */
import type { Interval, Leaf, MathValue, Relation, RelationSign } from "./math-value.ts";
import { type Algebra, compact, compare } from "./same-leaf.ts";

type Same = (x: MathValue, y: MathValue) => Promise<boolean>;

export async function sameRelation(gold: Relation, pred: Relation, same: Same, algebra: Algebra): Promise<boolean> {
  const [a, b] = [oriented(shortened(gold)), oriented(shortened(pred))];
  if (a.signs.join() === b.signs.join() && (await sidesMatch(a, b, same))) return true;
  return isSingle(a) && isSingle(b) && a.signs[0] === b.signs[0] && sameDifference(a, b, algebra);
}

/** `y = f(x) = 2x` says `y = 2x`. */
function shortened(relation: Relation): Relation {
  const { sides, signs } = relation;
  const [first, last] = [sides[0], sides.at(-1)];
  const chain = signs.length > 1 && signs.every((sign) => sign === "=");
  return chain && first !== undefined && last !== undefined
    ? { ...relation, sides: [first, last], signs: ["="] }
    : relation;
}

const TURNED: Readonly<Record<RelationSign, RelationSign>> = {
  "=": "=",
  "\\ne": "\\ne",
  "<": ">",
  ">": "<",
  "\\le": "\\ge",
  "\\ge": "\\le",
};

/** Inequalities from small to large. */
function oriented(relation: Relation): Relation {
  const { sides, signs } = relation;
  if (!signs.some((sign) => sign === ">" || sign === "\\ge")) return relation;
  return { ...relation, sides: [...sides].reverse(), signs: [...signs].reverse().map((sign) => TURNED[sign]) };
}

async function sidesMatch(a: Relation, b: Relation, same: Same): Promise<boolean> {
  for (const [i, side] of a.sides.entries()) {
    const other = b.sides[i];
    if (other === undefined || !(await sameSide(side, other, same))) return false;
  }
  return true;
}

/** A side that is a name is compared as one: `f(x)` is no product of f and x. */
async function sameSide(a: MathValue, b: MathValue, same: Same): Promise<boolean> {
  if (a.kind === "leaf" && b.kind === "leaf" && compact(a.latex) === compact(b.latex)) return true;
  return same(a, b);
}

const isSingle = ({ sides }: Relation): boolean => sides.length === 2 && sides.every(({ kind }) => kind === "leaf");

/** Both say that a difference is 0 (or below): the differences may differ by a factor, of an inequality a positive one. */
async function sameDifference(a: Relation, b: Relation, algebra: Algebra): Promise<boolean> {
  const comparison = await compare(difference(a), difference(b), algebra);
  if (typeof comparison !== "object" || comparison.factor === 0) return false;
  return comparison.factor > 0 || a.signs[0] === "=" || a.signs[0] === "\\ne";
}

function difference({ sides }: Relation): string {
  return sides.map((side) => `(${side.kind === "leaf" ? side.latex : ""})`).join("-");
}

/** `1 < x ≤ 2` as (1, 2], `x > 3` as (3, ∞); null for what says something else. */
export function bounds(relation: Relation): Interval | null {
  const { sides, signs } = oriented(relation);
  if (!signs.every((sign) => sign === "<" || sign === "\\le")) return null;
  const [left, middle, right] = sides.length === 3 ? sides : withInfinity(sides);
  if (left === undefined || middle === undefined || right === undefined || !isSymbol(middle)) return null;
  const openLeft = isInfinite(left) || signs[0] === "<";
  const openRight = isInfinite(right) || signs.at(-1) === "<";
  return { kind: "interval", from: left, to: right, openLeft, openRight };
}

function withInfinity([left, right]: readonly MathValue[]): readonly MathValue[] {
  if (left === undefined || right === undefined) return [];
  return isSymbol(left) ? [infinity("-\\infty"), left, right] : [left, right, infinity("\\infty")];
}

const infinity = (latex: string): Leaf => ({ kind: "leaf", latex, exact: null, percent: false });
const isInfinite = (value: MathValue): boolean => value.kind === "leaf" && value.latex.endsWith("\\infty");
const isSymbol = (value: MathValue): boolean => value.kind === "leaf" && /^(?:[A-Za-z]|\\[a-z]+)$/.test(value.latex);
