import { afterAll, describe, expect, it } from "vitest";
import { openAlgebra } from "./algebra-pool.ts";
import { openMathGrader } from "./math-grader.ts";

const grader = openMathGrader({ timeoutMs: 20_000 });
afterAll(async () => grader.close());
const right = (gold: string, pred: string): Promise<boolean> => grader.isRight(pred, [gold]);
const many = (text: string, times: number): string => text.repeat(times);

describe("hostile answers", () => {
  it.each([
    ["1 MB of one letter", many("a", 1_000_000)],
    ["1 MB of digits", many("7", 1_000_000)],
    ["1 MB of opening boxes", many("\\boxed{", 150_000)],
    ["1 MB of dollar signs", many("$ ", 500_000)],
    ["1 MB of formula openings", many("\\[ ", 330_000)],
    ["1 MB of answers", many("answer is ", 100_000)],
    ["1 MB of operators", many("1 + ", 250_000)],
    ["1 MB of brackets", many("(", 1_000_000)],
    ["20,000 signs that nearly are a number", `1${many(" -", 9999)}x`],
    ["deep fractions", `${many("\\frac{1}{", 300)}2${many("}", 300)}`],
    ["deep brackets", `${many("(", 900)}1${many(")", 900)}`],
    ["deep sets", `${many("\\{", 400)}1${many("\\}", 400)}`],
    ["many plus-minus", many("\\pm 1", 300)],
    ["a long list", `\\{${Array.from({ length: 400 }, (_, i) => i).join(",")}\\}`],
    ["a long union", many("(0,1)\\cup", 200)],
    ["texts without an end", many("\\text{", 300)],
    ["a tower of powers", "10^{10^{10}}"],
    ["a higher tower", "9^{9^{9^{9}}}"],
    ["a large factorial", "99999999!"],
    ["a factorial of a factorial", "(30!)!"],
    ["a product of many", "\\prod_{k=1}^{10000000} k"],
    ["a series that does not end", "\\sum_{n=1}^{\\infty}\\frac{1}{n}"],
    ["not a number", "\\frac{0}{0}"],
    ["a division by 0", "1/0"],
    ["half a surrogate", "\ud800 \\boxed{\udfff}"],
    ["control characters", "\\boxed{\u0000\u0008\u001b[31m5}"],
    ["code", "\\boxed{process.exit(1)}"],
    ["a prototype", "\\boxed{__proto__}, \\constructor{5}, \\hasOwnProperty"],
  ])("%s is wrong, and nothing worse", async (_, pred) => {
    expect(await right("(1,2)", pred)).toBe(false);
    expect(await right("\\sqrt{2}x", `\\boxed{${pred.slice(0, 1900)}}`)).toBe(false);
  });

  it("a right answer behind a megabyte of thought is found", async () => {
    expect(
      await right("\\frac{1}{2}", `${many("so $x$ is {not} \\boxed{3} ", 40_000)} The answer is \\boxed{0.5}.`),
    ).toBe(true);
  });

  it("a hundred answers at once get their own verdicts", async () => {
    const said = await Promise.all(Array.from({ length: 100 }, async (_, i) => right("x+1", `\\boxed{x+${i % 2}}`)));
    expect(said).toEqual(Array.from({ length: 100 }, (_, i) => i % 2 === 1));
  });
});

describe("algebra that does not end", () => {
  it("is late; its thread is killed, and the next pair is answered", async () => {
    const { algebra, close } = openAlgebra({ threads: 1, timeoutMs: 2500 });
    const endless = "\\sum_{n=1}^{\\infty}\\sum_{m=1}^{\\infty}\\sum_{k=1}^{\\infty}\\frac{1}{nmk}";
    expect(await algebra({ a: endless, b: "x+1", rounded: false })).toBe("late");
    const next = await Promise.all(["1+x", "x+2"].map(async (b) => algebra({ a: "x+1", b, rounded: false })));
    expect(next).toEqual([{ factor: 1 }, "different"]);
    await close();
  });
});
