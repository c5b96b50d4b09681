/**
 * Whether the predicted value is the gold one: structure here, expressions in `same-leaf.ts`. Not symmetric, as in Math-Verify:
 * the gold's form decides what is unwrapped (`x = 5` answers 5, and 5 answers `x = 5`; `y = 5` does not answer `x = 5`).
 */
import { bounds, sameRelation } from "./same-relation.ts";
import { type Algebra, compact, compare, sameLeaf } from "./same-leaf.ts";
import type { Collection, Interval, Leaf, MathValue, Relation } from "./math-value.ts";

/** More elements than any answer has; comparing is quadratic. */
const MAX_ITEMS = 64;

export async function sameValue(gold: MathValue, pred: MathValue, algebra: Algebra): Promise<boolean> {
  const [a, b] = unwrapped(gold, pred);
  const same = async (x: MathValue, y: MathValue): Promise<boolean> => sameValue(x, y, algebra);
  if (a.kind === "relation" && b.kind === "relation") return sameRelation(a, b, same, algebra);
  if (a.kind === "relation" || b.kind === "relation") return sameAsRange(a, b, same);
  if (a.kind === "matrix" || b.kind === "matrix") return sameMatrix(a, b, same);
  if (a.kind === "words" || b.kind === "words") return wordsOf(a) !== null && wordsOf(a) === wordsOf(b);
  if (a.kind === "leaf" && b.kind === "leaf") return sameLeafOrLetter(a, b, algebra);
  return sameCollection(a, b, same, algebra);
}

type Same = (x: MathValue, y: MathValue) => Promise<boolean>;

/** An equation that answers what is no equation is its last side, and the other way round for an assignment. */
function unwrapped(gold: MathValue, pred: MathValue): readonly [MathValue, MathValue] {
  if (isEquation(pred) && !isEquation(gold)) return [gold, lastSide(pred)];
  if (isAssignment(gold) && !isEquation(pred)) return [lastSide(gold), pred];
  return [gold, pred];
}

function isEquation(value: MathValue): value is Relation {
  return value.kind === "relation" && value.signs.every((sign) => sign === "=");
}

/** Its left side is made of symbols alone: `x`, `a_3`, `(p, q)`, `f(x)`, `|AB|`. */
function isAssignment(value: MathValue): value is Relation {
  const [left] = value.kind === "relation" ? value.sides : [];
  return isEquation(value) && left !== undefined && isSymbolic(left);
}

function isSymbolic(value: MathValue): boolean {
  if (value.kind === "words") return true;
  if (value.kind === "leaf") return !/\d/.test(value.latex.replace(/_ ?(?:\d|\{[^{}]*\})/g, ""));
  if (value.kind === "interval") return isSymbolic(value.from) && isSymbolic(value.to);
  return "items" in value && value.items.every(isSymbolic);
}

function lastSide(value: Relation): MathValue {
  return value.sides.at(-1) ?? value;
}

/** `1 < x < 2` is the interval (1, 2). */
async function sameAsRange(a: MathValue, b: MathValue, same: Same): Promise<boolean> {
  const [relation, other] = a.kind === "relation" ? [a, b] : [b, a];
  const range = relation.kind === "relation" ? bounds(relation) : null;
  if (range === null || (other.kind !== "interval" && other.kind !== "union")) return false;
  return a.kind === "relation" ? same(range, other) : same(other, range);
}

async function sameMatrix(a: MathValue, b: MathValue, same: Same): Promise<boolean> {
  if (a.kind !== "matrix" || b.kind !== "matrix" || a.rows.length !== b.rows.length) return false;
  for (const [i, row] of a.rows.entries()) {
    if (!(await inOrder(row, b.rows[i] ?? [], same))) return false;
  }
  return true;
}

/** Words, or the one letter that a leaf is. */
function wordsOf(value: MathValue): string | null {
  if (value.kind === "words") return value.words;
  return value.kind === "leaf" && /^[A-Za-z]$/.test(value.latex) ? value.latex.toLowerCase() : null;
}

async function sameLeafOrLetter(a: Leaf, b: Leaf, algebra: Algebra): Promise<boolean> {
  const [one, other] = [wordsOf(a), wordsOf(b)];
  if (one !== null && one === other) return true;
  // 4210 for 4210_5: the base is the question's.
  const based = /^(\d+) ?_ ?\{? ?\d+ ?\}?$/;
  const [, digits] = based.exec(a.latex) ?? [];
  if (digits !== undefined)
    return digits === b.latex || compact(a.latex).replace(/[{}]/g, "") === compact(b.latex).replace(/[{}]/g, "");
  if (based.test(b.latex)) return based.exec(b.latex)?.[1] === a.latex;
  return sameLeaf(a, b, algebra);
}

async function sameCollection(a: MathValue, b: MathValue, same: Same, algebra: Algebra): Promise<boolean> {
  if (a.kind === "union" || b.kind === "union") {
    return a.kind === "union" && b.kind === "union" && withoutOrder(a.parts, b.parts, same);
  }
  if (a.kind === "interval" && b.kind === "interval") return sameInterval(a, b, same, algebra);
  const [x, y] = [asCollection(a), asCollection(b)];
  if (x === null || y === null) return false;
  // A gold tuple has an order, and what stands in braces or without brackets is taken in the order it is written in.
  return x.kind === "tuple" ? inOrder(x.items, y.items, same) : withoutOrder(x.items, y.items, same);
}

async function sameInterval(a: Interval, b: Interval, same: Same, algebra: Algebra): Promise<boolean> {
  const ends = async (): Promise<boolean> => (await same(a.from, b.from)) && same(a.to, b.to);
  if (a.openLeft === b.openLeft && a.openRight === b.openRight) return ends();
  const isPair = a.openLeft === a.openRight && b.openLeft === b.openRight;
  return isPair && (await isFalling(a, algebra)) && ends();
}

/** [3, π/2] is no interval: it is the point (3, π/2). Known where one end is a number and the ends have a ratio. */
async function isFalling({ from, to }: Interval, algebra: Algebra): Promise<boolean> {
  if (from.kind !== "leaf" || to.kind !== "leaf") return false;
  const known = from.exact ?? to.exact;
  if (known === null || known.numerator === 0n) return false;
  const ratio = await compare(from.latex, to.latex, algebra);
  if (typeof ratio !== "object") return false;
  // from = ratio · to; the sign of one of them is known.
  const isToPositive = from.exact === null ? known.numerator > 0n : known.numerator > 0n === ratio.factor > 0;
  return isToPositive ? ratio.factor > 1 : ratio.factor < 1;
}

/** An open interval may be a point; a single value is a set of one. */
function asCollection(value: MathValue): Collection | null {
  if (value.kind === "interval") {
    return value.openLeft && value.openRight ? { kind: "tuple", items: [value.from, value.to] } : null;
  }
  if ("items" in value) return value.kind === "tuple" ? value : { ...value, items: flattened(value.items) };
  return value.kind === "leaf" ? { kind: "set", items: [value] } : null;
}

/** `{1 ± √5, −2}`: a list inside a set is elements of it. */
function flattened(items: readonly MathValue[]): readonly MathValue[] {
  return items.flatMap((item) => (item.kind === "list" ? flattened(item.items) : [item]));
}

async function inOrder(a: readonly MathValue[], b: readonly MathValue[], same: Same): Promise<boolean> {
  if (a.length !== b.length || a.length > MAX_ITEMS) return false;
  for (const [i, item] of a.entries()) {
    const other = b[i];
    if (other === undefined || !(await same(item, other))) return false;
  }
  return true;
}

async function withoutOrder(a: readonly MathValue[], b: readonly MathValue[], same: Same): Promise<boolean> {
  if (a.length > MAX_ITEMS || b.length > MAX_ITEMS) return false;
  const [gold, left] = [distinct(a), [...distinct(b)]];
  if (gold.length !== left.length) return false;
  for (const item of gold) {
    const at = await indexOfSame(item, left, same);
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}

async function indexOfSame(item: MathValue, among: readonly MathValue[], same: Same): Promise<number> {
  for (const [i, other] of among.entries()) {
    if (await same(item, other)) return i;
  }
  return -1;
}

/** A set holds nothing twice. */
function distinct(items: readonly MathValue[]): readonly MathValue[] {
  const key = (item: MathValue): string =>
    JSON.stringify(item, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
