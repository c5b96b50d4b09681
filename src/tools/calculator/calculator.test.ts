import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../../test/support/thrown.ts";
import { calculatorTool } from "./calculator-tool.ts";

const context = { state: undefined, call: 0, signal: new AbortController().signal };
const calculate = (expression: string, digits?: number): unknown =>
  calculatorTool(digits === undefined ? {} : { digits }).execute({ expression }, context);

describe("the calculator", () => {
  it.each([
    ["0.1 + 0.2", "0.3"],
    ["2^100", "1267650600228229401496703205376"],
    ["-2^2", "-4"],
    ["2^-2", "0.25"],
    ["2^3^2", "512"],
    ["2**3", "8"],
    ["1/3 + 1/6", "0.5"],
    ["1/3", "0.333333333333333"],
    ["-7 % 3", "2"],
    ["7 % -3", "-2"],
    ["7.5 % 2", "1.5"],
    ["8 - 5 - 2", "1"],
    ["100 / 10 / 5", "2"],
    ["2 × 3 − 8 ÷ 4", "4"],
    ["sqrt(144)", "12"],
    ["sqrt(2)", "1.4142135623731"],
    ["sqrt(0.25)", "0.5"],
    ["cbrt(-27)", "-3"],
    ["sqrt(0)", "0"],
    ["sqrt(10^40)", "100000000000000000000"],
    ["sin(pi)", "0"],
    ["sin(π/6)", "0.5"],
    ["cos(radians(60))", "0.5"],
    ["ln(e)", "1"],
    ["log(1000, 10)", "3"],
    ["log(8, 2)", "3"],
    ["log(1, 10)", "0"],
    ["log10(1e30)", "30"],
    ["5! / 3!", "20"],
    ["binomial(52, 5)", "2598960"],
    ["gcd(84, 36, 30)", "6"],
    ["lcm(4, 6, 10)", "60"],
    ["lcm(0, 5)", "0"],
    ["min(3, 1, 2) + max(0.5, 1/4)", "1.5"],
    ["round(2.675, 2)", "2.68"],
    ["round(-2.5)", "-3"],
    ["round(1234, -2)", "1200"],
    ["floor(-7/2)", "-4"],
    ["ceil(7/2)", "4"],
    ["trunc(-3.9)", "-3"],
    ["abs(-5)", "5"],
    ["1e3 + .5", "1000.5"],
    ["6.02e23", "602000000000000000000000"],
    ["1/7e9", "1.42857142857143e-10"],
    ["1/1024", "0.0009765625"],
    ["0.5^0.5", "0.707106781186548"],
    ["(1 + 1e-9)^1000000000", "2.7182818270999"],
    // Of Python: Decimal arithmetic with 60 digits.
    ["(1 + 0.05/365)^(365*30)", "4.48122868852452"],
    ["(1 + 0.05/365)^(-365*30)", "0.223153083564066"],
    ["(-1.0000001)^(10^9 + 1)", "-2.68810397007529e43"],
    ["0.999^(10^9)", "0"],
    ["0 * -1", "0"],
    ["0^0", "1"],
    ["PI", "3.14159265358979"],
    ["1e300 * 1e300 / 1e600", "1"],
  ])("%s is %s", (expression, value) => {
    expect(calculate(expression)).toBe(value);
  });

  it("writes as many digits as asked", () => {
    expect(calculate("2/3", 4)).toBe("0.6667");
    expect(calculate("200000/3", 4)).toBe("66670");
    expect(thrownMessage(() => calculate("1", 40))).toBe(
      "bad options of calculator: calculator.digits: Too big: expected number to be <=17\n  expected: fields digits",
    );
  });

  it.each([
    ["", "a number is expected at the end"],
    ["2 +", "a number is expected at the end"],
    ["(1", ") is expected at the end"],
    ["1)", "an operator is expected at 2, not )"],
    ["2(3)", "an operator is expected at 2, not ("],
    ["1,234", "an operator is expected at 2, not ,"],
    ["5 % ", "a number is expected at the end"],
    ["1 / 0", "division by zero"],
    ["1 % 0", "division by zero"],
    ["0^-1", "division by zero"],
    ["sqrt(-1)", "no real number is the result"],
    ["(-8)^(1/3)", "no real number is the result"],
    ["ln(0)", "the logarithm takes a positive number"],
    ["log(5, 1)", "division by zero"],
    ["log(100)", "log takes 2 arguments, not 1"],
    ["sqrt(1, 2)", "sqrt takes 1 argument, not 2"],
    ["max(1)", "max takes 2 to 100 arguments, not 1"],
    ["sqrt 4", "( after sqrt is expected at 6, not 4"],
    ["0.5!", "a whole number is expected"],
    ["2 & 3", '"&" at 3 is no part of an expression; there are numbers, + - * / % ^ ( ) ! , and names'],
    ["5 😀", '"😀" at 3 is no part of an expression; there are numbers, + - * / % ^ ( ) ! , and names'],
    ["1e999999", "1e999999 has too many digits"],
    ["1500!", "the result has 4115 digits; at most 1000 are written"],
    ["10^2000", "the result has 2001 digits; at most 1000 are written"],
    ["10^100000", "the result is too large"],
    ["9^9^9^9", "the result is too large"],
    ["3001!", "the factorial takes a whole number from 0 to 2000"],
    ["3!!!!", "the factorial takes a whole number from 0 to 2000"],
    [`${"(".repeat(200)}1`, "the expression is nested deeper than 100"],
    ["-".repeat(200), "the expression is nested deeper than 100"],
    ["1+".repeat(2000), "the expression has 4000 characters; at most 2000 are read"],
  ])("of %.20s it says what is wrong", (expression, message) => {
    expect(thrownMessage(() => calculate(expression))).toBe(message);
  });

  it("names what there is when a name is unknown, and runs no code", () => {
    expect(thrownMessage(() => calculate("process.exit(1)"))).toMatch(/"\." at 8 is no part/);
    expect(thrownMessage(() => calculate("constructor(1)"))).toMatch(
      /^nothing is called constructor; there are sqrt, /,
    );
    expect(thrownMessage(() => calculate("__proto__"))).toMatch(/is no part/);
  });

  it("agrees with whole numbers of any size", () => {
    const whole = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    fc.assert(
      fc.property(whole, whole, whole, (a, b, c) => {
        expect(calculate(`(${a}) * (${b}) + (${c})`)).toBe(`${a * b + c}`);
        expect(calculate(`((${a}) * (${b}) - (${a})) / 4 * 4`)).toBe(`${a * b - a}`);
      }),
    );
  });

  it("agrees with floats where those are exact enough", () => {
    const part = fc.double({ min: 0.001, max: 1000, noNaN: true });
    fc.assert(
      fc.property(part, part, (a, b) => {
        const value = Number(calculate(`${a.toFixed(6)} / ${b.toFixed(6)}`));
        expect(value / (Number(a.toFixed(6)) / Number(b.toFixed(6)))).toBeCloseTo(1, 12);
      }),
    );
  });

  it("takes no time for anything", () => {
    // Each of these would be millions of digits without the bounds; the suite's time limit would end it.
    for (const expression of ["(2^30000)^(2^30000)", "1.0000001^(10^9)", Array(60).fill("2000!").join("/3^999+")]) {
      thrownMessage(() => calculate(expression));
    }
  });

  it("survives anything", () => {
    const signs = [..."0123456789.+-*/%^(),! e", "sqrt(", "log(", "round(", "pi", "1e", "π", "lcm(", "cbrt("];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...signs), { maxLength: 40 }), (parts) => {
        const message = thrownMessage(() => calculate(parts.join("")));
        expect(message).not.toMatch(/BigInt|undefined|RangeError|Cannot/);
      }),
      { numRuns: 3000 },
    );
  });
});
