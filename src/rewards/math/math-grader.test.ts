import { existsSync, readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openMathGrader } from "./math-grader.ts";

// A time limit that a busy machine does not reach by itself.
const grader = openMathGrader({ threads: 1, timeoutMs: 60_000 });
afterAll(async () => grader.close());
const right = (gold: string, pred: string): Promise<boolean> => grader.isRight(pred, [gold]);

/** By the ideas of Math-Verify's own tests; verdicts by hand. */
const SAME: readonly (readonly [gold: string, pred: string])[] = [
  // Extraction.
  ["9", "Answer \\[ 9 \\]"],
  ["9", "We get $x = 3$, so \\boxed{\\frac{18}{2}}."],
  ["3/56", "then \\boxed{2} or so, but no: the last is $\\boxed{\\frac{3}{56}}$."],
  ["1, 2, 3", "\\boxed{1}, \\boxed{2} and \\boxed{3}"],
  ["7", "The answer is 7 apples."],
  ["12", "12 cm"],
  ["7.78", "He pays about $7.78 for it. Final Answer: The final answer is 7.78."],
  ["{1,2}", "the answer is $1$ and $2$."],
  ["\\text{Navin}", "Navin"],
  ["5", "first \\boxed{3}. Final Answer: The final answer is $5$. I hope it is correct."],
  ["(3,3), (1,1)", "$$\\boxed{(3, 3)} \\text{ for part (a) and } \\boxed{(1, 1)}$$"],
  ["y_1=2, y_2=3", "\\(y_1 = \\boxed{2}\\) and \\(y_2 = \\boxed{3}\\)"],
  ["$C. be tangent to the x-axis$", "$C. be tangent to the x-axis$"],
  ["x_1, x_2, ..., x_n", "x_1, x_2, ..., x_n"],
  ["1/3", "$\\frac{1}{3} \\textbf{meters}$"],
  ["C. 20 mph", "\\boxed{C. 20 mph}"],
  ["\\frac{2abc}{ab + ac + bc}", "$\\frac{2bca}{ac + bc + ab}$"],
  // Spelling.
  ["\\frac{1}{2}", "\\dfrac12"],
  ["\\sqrt{3}", "√3"],
  ["x < 3", "$x \\lt 3$"],
  ["x != 3", "$x \\neq 3$"],
  ["(3,4]", "\\left(3,4\\right]"],
  ["2\\sqrt{3}", "2*sqrt(3)"],
  ["10^{6}", "10^6"],
  // Numbers.
  ["1{,}000", "1000"],
  ["58,500", "58500"],
  ["10000", "10\\,000"],
  ["2\\frac{1}{2}", "2.5"],
  ["-1\\frac{1}{2}", "-\\frac{3}{2}"],
  ["0.\\overline{3}", "\\frac{1}{3}"],
  ["1.5\\times 10^{3}", "1500"],
  ["6.02e23", "6.02\\times 10^{23}"],
  ["\\frac{1}{3}", "0.333333"],
  ["2:3", "2/3"],
  // Percent, currency, units, degrees, bases.
  ["28\\%", "28 percent"],
  ["28\\%", "0.28"],
  ["28", "28\\%"],
  ["50", "\\$50"],
  ["15\\mbox{ cm}^2", "15"],
  ["5.4 \\text{ cents}", "5.4"],
  ["120^\\circ", "120"],
  ["4210_{5}", "4210"],
  // Algebra.
  ["(a+5)(b+2)", "ab+2a+5b+10"],
  ["\\frac{9}{4}\\pi", "\\frac{9\\pi}{4}"],
  ["e", "2.718282"],
  ["\\sqrt{x^2}", "|x|"],
  ["\\sin^2 x+\\cos^2 x", "1"],
  ["2\\cos x\\sin x", "\\sin(2x)"],
  ["\\frac{\\sqrt{\\sqrt{11}+\\sqrt{194}}}{15+2\\sqrt{33}}", "\\frac{\\sqrt{\\sqrt{11}+\\sqrt{194}}}{2\\sqrt{33}+15}"],
  ["\\log_2 8", "3"],
  ["\\binom{10}{3}", "120"],
  ["1+2i", "2i+1"],
  // Lists, sets, tuples, intervals.
  ["-2,1", "1,-2"],
  ["\\{1,1,2\\}", "\\{2,1\\}"],
  ["(1,3)", "{1,3}"],
  ["19, 46, and 82", "19, 46, \\text{ and } 82"],
  ["\\pm 2", "2,-2"],
  ["\\{1\\pm\\sqrt{5},-2\\}", "\\{-2, 1+\\sqrt5, 1-\\sqrt5\\}"],
  ["(8,-2)", "[8,-2]"],
  ["\\left(3,\\frac{\\pi}{2}\\right)", "[3,\\frac{\\pi}{2}]"],
  ["(-\\infty,2)\\cup(3,\\infty)", "(3,+\\infty)\\cup(-\\infty,2)"],
  ["\\emptyset", "\\{\\}"],
  ["(-\\infty,0]", "[-\\infty,0]"],
  ["p=5,q=2;p=7,q=2", "(5,2),(7,2)"],
  // Relations.
  ["5", "x = 5"],
  ["x = 5", "5"],
  ["5", "2+3=5"],
  ["(p,q,r)=(3,2,7)", "(3,2,7)"],
  ["|AB|=1", "1"],
  ["x\\in[1,2]", "[1,2]"],
  ["n=1,2,3", "1,2,3"],
  ["a_3=2, a_{37}=19", "a_{37}=19, a_3=2"],
  ["2x+4y-3=0", "y=-\\frac{1}{2}x+\\frac{3}{4}"],
  ["x^2+y^2=1", "2x^2+2y^2=2"],
  ["x>2", "2<x"],
  ["x>2", "2x>4"],
  ["-x<2", "x>-2"],
  ["1<x\\le 2", "(1,2]"],
  ["[-2,7]", "-2\\le x\\le 7"],
  ["x\\ge 3", "[3,\\infty)"],
  // Matrices, words.
  ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\left[\\begin{matrix}1&\\frac42\\\\3&4\\end{matrix}\\right]"],
  ["\\text{east}", "\\boxed{\\text{East}}"],
  ["\\text{(E)}", "(E)"],
];

const DIFFERENT: readonly (readonly [gold: string, pred: string])[] = [
  ["9", ""],
  ["2", "AZYUK2A"],
  ["2", "2\\sqrt{3}"],
  ["\\frac{2abc}{ab + ac + bc}", "2.0"],
  ["5", "first \\boxed{5}, but then \\boxed{6}"],
  ["\\frac{1}{3}", "0.33"],
  ["3.14", "\\pi"],
  ["0.5", "0.5\\%"],
  ["28\\%", "2800"],
  ["28\\%", "0.28\\%"],
  ["0.0000001", "0.0000002"],
  ["\\pm 2021", "2021"],
  ["(2,4)", "(4,2)"],
  ["(2,4)", "[2,4]"],
  ["(2,\\infty)", "[2,\\infty)"],
  ["1,2", "1,2,3"],
  ["\\{1,2\\}", "\\{1,3\\}"],
  ["(a+5)(b+2)", "ab+2a+5b+11"],
  ["\\sqrt{x^2}", "x"],
  ["x+1", "y+1"],
  ["x=1", "y=1"],
  ["x>5", "x<5"],
  ["x>2", "x\\ge 2"],
  ["x<2", "-x<-2"],
  ["4210_5", "555"],
  ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}"],
  ["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}"],
  ["\\text{east}", "\\text{west}"],
  ["d", "\\text{E}"],
  ["12", "12x"],
  ["F_n = \\sum_{k=0}^{n-1} F_k F_{n-k-1}", "F_n = \\sum_{k=0}^{n-2} F_k F_{n-k-2}"],
];

describe("mathematical equivalence", () => {
  it.each(SAME)("AEPO-W2: %s is answered by %s", async (gold, pred) => {
    expect(await right(gold, pred)).toBe(true);
  });

  it.each(DIFFERENT)("AEPO-W2: %s is not answered by %s", async (gold, pred) => {
    expect(await right(gold, pred)).toBe(false);
  });

  it("any of several gold answers will do", async () => {
    expect(await grader.isRight("0.5", ["3", "\\frac12"])).toBe(true);
    expect(await grader.isRight("0.5", [])).toBe(false);
  });

  it("the order in which pairs come changes no verdict", async () => {
    const pairs = [...SAME.slice(-40).map((pair) => [...pair, true]), ...DIFFERENT.map((pair) => [...pair, false])];
    const fresh = openMathGrader({ timeoutMs: 60_000 });
    for (const [gold, pred, verdict] of pairs.reverse() as [string, string, boolean][]) {
      expect([gold, pred, await fresh.isRight(pred, [gold])]).toEqual([gold, pred, verdict]);
    }
    await fresh.close();
  });
});

/** Random expressions in x and y, as LaTeX and as a function, so that what is equal is known. */
interface Expression {
  readonly latex: string;
  readonly value: (x: number, y: number) => number;
}
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom<Expression>({ latex: "x", value: (x) => x }, { latex: "y", value: (_, y) => y }),
    fc.integer({ min: 2, max: 9 }).map((n): Expression => ({ latex: String(n), value: () => n })),
    fc.tuple(tie("expression"), tie("expression")).map(
      ([a, b]): Expression => ({
        latex: `(${a.latex}+${b.latex})`,
        value: (x, y) => a.value(x, y) + b.value(x, y),
      }),
    ),
    fc.tuple(tie("expression"), tie("expression")).map(
      ([a, b]): Expression => ({
        latex: `${a.latex}\\cdot ${b.latex}`,
        value: (x, y) => a.value(x, y) * b.value(x, y),
      }),
    ),
    tie("expression").map((a): Expression => ({ latex: `\\frac{${a.latex}}{3}`, value: (x, y) => a.value(x, y) / 3 })),
  ),
}));

describe("properties", () => {
  const runs = { numRuns: 40 };

  it("rewriting keeps an expression the same; a constant more makes it another", async () => {
    await fc.assert(
      fc.asyncProperty(expression, expression, fc.integer({ min: 1, max: 5 }), async (a, b, more) => {
        const sum = `${a.latex}+${b.latex}`;
        expect(await right(sum, `\\boxed{${b.latex} + ${a.latex}}`)).toBe(true);
        expect(await right(sum, `$\\frac{2(${a.latex})+2(${b.latex})}{2}$`)).toBe(true);
        expect(await right(sum, `\\boxed{${sum}+${more}}`)).toBe(false);
      }),
      runs,
    );
  });

  it("two random expressions are the same exactly if their values are", async () => {
    const points = [
      [0.3, 1.7],
      [2.2, -0.4],
      [-1.3, 0.9],
    ] as const;
    await fc.assert(
      fc.asyncProperty(expression, expression, async (a, b) => {
        const equal = points.every(([x, y]) => Math.abs(a.value(x, y) - b.value(x, y)) < 1e-9);
        expect(await right(a.latex, `\\boxed{${b.latex}}`)).toBe(equal);
      }),
      runs,
    );
  });

  it("fractions are compared exactly, however they are written", async () => {
    const size = fc.integer({ min: 1, max: 10 ** 9 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 2, max: 99 }), async (p, q, k) => {
        expect(await right(`\\frac{${p}}{${q}}`, `${BigInt(p) * BigInt(k)}/${BigInt(q) * BigInt(k)}`)).toBe(true);
        expect(await right(`\\frac{${p}}{${q}}`, `\\frac{${p + 1}}{${q}}`)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it("any text gets a verdict", async () => {
    const pieces = fc.constantFrom(
      "\\boxed{",
      "}",
      "{",
      "$",
      "\\[",
      "\\frac",
      "(",
      ")",
      "[",
      ",",
      ";",
      "=",
      "1",
      "x",
      "\\pm",
      "^",
      "\\text{",
      "and",
      " ",
      "%",
      "\\begin{pmatrix}",
      "&",
      "\\\\",
      "\\cup",
      "answer is",
      "√",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 40 }), async (words) => {
        expect(typeof (await right("(1,2)", words.join("")))).toBe("boolean");
      }),
      { numRuns: 300 },
    );
  });
});

const PAIRS = new URL("../../../../shared/data/math_pairs.jsonl", import.meta.url).pathname;

describe("pairs judged by Math-Verify", () => {
  it.skipIf(!existsSync(PAIRS))("agree in both halves, with next to no false positives", async () => {
    const rows = readFileSync(PAIRS, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { gold: string; pred: string; verdict: boolean });
    for (const half of [0, 1]) {
      const chosen = rows.filter(
        ({ gold, pred }) => (createHash("sha256").update(`${gold}|${pred}`).digest()[0] ?? 0) % 2 === half,
      );
      const said = await Promise.all(chosen.map(async ({ gold, pred }) => right(gold, pred)));
      const share = (wanted: (i: number) => boolean) => said.filter((_, i) => wanted(i)).length / said.length;
      expect(share((i) => said[i] === chosen[i]?.verdict)).toBeGreaterThan(0.98);
      expect(share((i) => said[i] === true && chosen[i]?.verdict === false)).toBeLessThan(0.005);
    }
  });
});
