/**
 * Tidy LaTeX as a value: lists, sets, tuples, intervals, unions, relations, matrices, words; what is left is one expression.
 * After the design of Math-Verify's parser (Apache-2.0), without its code. Reading never fails: what has no structure is a leaf.
 */
import { compareExact, exactNumber } from "./exact-number.ts";
import type { MathValue, RelationSign } from "./math-value.ts";
import { bracketed, splitLatex } from "./split-latex.ts";
import { readUnits } from "./units.ts";

/** Deeper than any answer; below it a text is one leaf. */
const MAX_DEPTH = 12;
const MAX_CHARACTERS = 4000;

/** `latex`: as `tidyLatex` gives it. */
export function readValue(latex: string, depth = 0): MathValue {
  const text = trimmed(latex);
  if (depth > MAX_DEPTH || text.length > MAX_CHARACTERS) return leafOf(text);
  const reading =
    groups(text, depth) ?? listed(text, depth) ?? relation(text, depth) ?? union(text, depth) ?? signs(text, depth);
  return reading ?? brackets(text, depth) ?? matrix(text, depth) ?? words(text) ?? leafOf(text);
}

/** Without what only ends a sentence, and without a backslash that escapes nothing. */
function trimmed(latex: string): string {
  let text = latex.trim();
  for (;;) {
    const shorter = text.replace(/[.,;:\s]$|\\$/, "").replace(/^[,;:\s]/, "");
    if (shorter === text) return text;
    text = shorter;
  }
}

/** `a, b; c, d`: a list of tuples. */
function groups(text: string, depth: number): MathValue | null {
  const { pieces } = splitLatex(text, (token) => token.text === ";");
  const rows = pieces.filter((piece) => piece !== "");
  if (rows.length < 2) return null;
  const items = rows.map((row): MathValue => {
    const value = readValue(row, depth + 1);
    return value.kind === "list" ? { kind: "tuple", items: value.items } : value;
  });
  return { kind: "list", items };
}

function listed(text: string, depth: number): MathValue | null {
  const withCommas = separatedByCommas(text);
  if (/^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)/.test(withCommas) && !withCommas.includes(", ")) {
    const joined = withCommas.replace(/,(?=\d{3})/g, "");
    return joined.includes(",") ? null : readValue(joined, depth + 1);
  }
  const spaced = withCommas.includes(", ") ? withCommas.replace(/(\d),(?=\d{3}(?!\d))/g, "$1") : withCommas;
  const { pieces } = splitLatex(spaced, (token) => token.text === ",");
  const present = pieces.filter((piece) => piece !== "");
  if (pieces.length < 2 || present.length === 0) return null;
  if (present.length === 1) return readValue(present[0] ?? "", depth + 1);
  const items = present.map((piece) => readValue(piece, depth + 1));
  const [first, ...others] = items;
  // `n = 1, 2, 3`: one relation whose right side is the list.
  if (first?.kind === "relation" && first.signs.length === 1 && !others.some(({ kind }) => kind === "relation")) {
    const [left, right] = first.sides;
    if (left !== undefined && right !== undefined) {
      return { kind: "relation", signs: first.signs, sides: [left, { kind: "list", items: [right, ...others] }] };
    }
  }
  return { kind: "list", items };
}

/** And, or: as commas. */
function separatedByCommas(text: string): string {
  return text
    .replace(/,? ?\\text ?\{ ?,? ?(?:and|or) ?\} ?/g, ", ")
    .replace(/,? ?(?<![A-Za-z\\{])(?:and|or)(?![A-Za-z}]) ?/g, ", ")
    .replace(/(?<=\d)(?:and|or)(?=[A-Z\\(])/g, ", ");
}

const SIGNS: Readonly<Record<string, RelationSign>> = {
  "=": "=",
  "<": "<",
  ">": ">",
  "\\le": "\\le",
  "\\ge": "\\ge",
  "\\ne": "\\ne",
  "\\in": "=",
  "\\equiv": "=",
};

function relation(text: string, depth: number): MathValue | null {
  const approximate = splitLatex(text, (token) => token.text === "\\approx");
  if (approximate.pieces.length > 1) {
    const [left = "", ...rest] = approximate.pieces;
    const right = rest.at(-1) ?? "";
    return readValue(/\d/.test(left.replace(/_\{?\d+\}?/g, "")) ? left : right, depth + 1);
  }
  const { pieces, separators } = splitLatex(text, (token) => Object.hasOwn(SIGNS, token.text));
  const present = pieces.map((piece) => piece.replace(/^[&\s]+|[&\s]+$/g, ""));
  if (separators.length === 0) return null;
  // `= 5`, `5 =`: no relation.
  if (present.length === 2 && present.includes(""))
    return readValue(present.find((piece) => piece !== "") ?? "", depth + 1);
  if (present.includes("")) return null;
  const signsOf = separators.flatMap((sign) => SIGNS[sign] ?? []);
  return { kind: "relation", sides: present.map((piece) => readValue(piece, depth + 1)), signs: signsOf };
}

function union(text: string, depth: number): MathValue | null {
  const { pieces } = splitLatex(text, (token) => token.text === "\\cup");
  if (pieces.length < 2) return null;
  const parts = pieces.map((piece) => readValue(piece, depth + 1));
  // Finite sets among them are one.
  const finite = parts.flatMap((part) => (isFinite(part) ? part.items : []));
  const others = parts.filter((part) => !isFinite(part));
  if (others.length === 0) return { kind: "set", items: finite };
  return { kind: "union", parts: finite.length === 0 ? others : [...others, { kind: "set", items: finite }] };
}

const isFinite = (value: MathValue): value is Extract<MathValue, { items: unknown }> =>
  value.kind === "set" || value.kind === "list" || value.kind === "tuple";

/** `±`: the values it stands for, both signs of each on its own; with ∓ the signs go together. */
function signs(text: string, depth: number): MathValue | null {
  const marks = text.match(/\\(?:pm|mp)(?![A-Za-z])/g)?.length ?? 0;
  if (marks === 0 || marks > 3 || bracketed(text) !== null || text.includes("\\begin")) return null;
  const together = text.includes("\\mp");
  const choices = together ? [0, 2 ** marks - 1] : Array.from({ length: 2 ** marks }, (_, i) => i);
  const items = choices.map((choice) => {
    let mark = 0;
    const one = text.replace(/\\(pm|mp)(?![A-Za-z]) ?/g, (_, name: string) => {
      const minus = ((choice >> mark++) & 1) === 1;
      return minus === (name === "pm") ? "-" : "+";
    });
    return readValue(one.replace(/^\+/, ""), depth + 1);
  });
  return { kind: "list", items };
}

function brackets(text: string, depth: number): MathValue | null {
  if (text === "\\emptyset") return { kind: "set", items: [] };
  const found = bracketed(text);
  if (found === null) return null;
  const { open, close, inside } = found;
  const { pieces } = splitLatex(inside, (token) => token.text === "," || token.text === ";");
  if (open === "{" && pieces.length === 1) return readValue(inside, depth + 1);
  if (open === "{" || open === "\\{") {
    const items = inside === "" ? [] : pieces.flatMap((piece) => elements(readValue(piece, depth + 1)));
    return { kind: "set", items };
  }
  if (pieces.length === 1) return readValue(inside, depth + 1);
  if (pieces.length > 2) return { kind: "tuple", items: pieces.map((piece) => readValue(piece, depth + 1)) };
  const [from, to] = pieces.map((piece) => readValue(piece, depth + 1));
  if (from === undefined || to === undefined) return null;
  // An end that is infinite is open, whatever its bracket.
  const openLeft = open === "(" || isInfinite(from);
  const openRight = close === ")" || isInfinite(to);
  // [8, -2] is no interval, whatever its brackets: it is a point.
  if (openLeft === openRight && isBelow(to, from)) return { kind: "tuple", items: [from, to] };
  return { kind: "interval", from, to, openLeft, openRight };
}

const isInfinite = (value: MathValue): boolean => value.kind === "leaf" && /^-?\\infty$/.test(value.latex);

/** Elements of a set: those of a ± are each one. */
function elements(value: MathValue): readonly MathValue[] {
  return value.kind === "list" ? value.items : [value];
}

function isBelow(a: MathValue, b: MathValue): boolean {
  return (
    a.kind === "leaf" && b.kind === "leaf" && a.exact !== null && b.exact !== null && compareExact(a.exact, b.exact) < 0
  );
}

const MATRIX = /^[([]? ?\\begin ?\{([bpvBV]?matrix|array|smallmatrix)\}(?:\{[clr| ]+\})?([^]*?)\\end ?\{\1\} ?[)\]]?$/;

function matrix(text: string, depth: number): MathValue | null {
  const found = MATRIX.exec(text);
  const [, environment = "", body = ""] = found ?? [];
  if (found === null || environment.startsWith("v") || environment.startsWith("V") || body.includes("\\begin"))
    return null;
  const lines = splitLatex(body, (token) => token.text === "\\\\").pieces.filter(
    (line) => line !== "" && line !== "\\hline",
  );
  const rows = lines.map((line) => splitLatex(line, (token) => token.text === "&").pieces);
  return { kind: "matrix", rows: rows.map((row) => row.map((cell) => readValue(cell, depth + 1))) };
}

/** Words alone; several letters without a space are a word, not a product. */
function words(text: string): MathValue | null {
  const plain = text.replace(/\\text ?\{([^{}]*)\}/g, " $1 ");
  if (plain.includes("\\") || !/^[A-Za-z\s.,()'’-]+$/.test(plain)) return null;
  const letters = plain
    .toLowerCase()
    .replace(/[^a-z]+/g, " ")
    .trim();
  const isWord = letters.length > 1 || text.includes("\\text");
  return isWord && letters !== "" ? { kind: "words", words: letters } : null;
}

function leafOf(text: string): MathValue {
  const { latex, percent } = readUnits(text.replace(/^\+ ?/, ""));
  return { kind: "leaf", latex, exact: exactNumber(latex), percent };
}
