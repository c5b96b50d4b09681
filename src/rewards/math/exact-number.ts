/**
 * Numbers that can be read exactly out of LaTeX: integers, decimals (also repeating, `0.\overline{3}`), fractions, mixed numbers,
 * `a \times 10^{b}`, and sums, products and small powers of them, as a fraction of big integers. Everything is bounded: what would
 * grow large, or nests deeply, is not read (null), and nothing is guessed.
 */

export interface ExactNumber {
  readonly numerator: bigint;
  /** Above 0; in lowest terms. */
  readonly denominator: bigint;
  /** Written with a decimal point: it may be a rounded number. */
  readonly decimal: boolean;
}

const MAX_CHARACTERS = 200;
const MAX_DEPTH = 20;
const MAX_EXPONENT = 400n;
const MAX_BITS = 4096;

/** The number that the whole text says, or null. The text is tidy LaTeX (`tidyLatex`). */
export function exactNumber(latex: string): ExactNumber | null {
  if (latex === "" || latex.length > MAX_CHARACTERS) return null;
  const tokens = tokensOf(latex);
  if (tokens === null) return null;
  const reader = new NumberReader(tokens);
  const value = reader.sum(0);
  return reader.done ? value : null;
}

export function exactOf(numerator: bigint, denominator: bigint, decimal: boolean): ExactNumber | null {
  if (denominator === 0n) return null;
  const sign = denominator < 0n ? -1n : 1n;
  const shared = gcd(numerator < 0n ? -numerator : numerator, denominator * sign);
  const reduced = { numerator: (numerator * sign) / shared, denominator: (denominator * sign) / shared, decimal };
  const bits = Math.max(reduced.numerator.toString(16).length, reduced.denominator.toString(16).length) * 4;
  return bits > MAX_BITS ? null : reduced;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}

/** −1, 0 or 1 as a is below, equal to or above b. */
export function compareExact(a: ExactNumber, b: ExactNumber): -1 | 0 | 1 {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function approximate({ numerator, denominator }: ExactNumber): number {
  const [top, bottom] = [Number(numerator), Number(denominator)];
  if (Number.isFinite(top) && Number.isFinite(bottom)) return top / bottom;
  return Number((numerator * 10n ** 20n) / denominator) / 1e20;
}

type Operation = "+" | "-" | "*" | "/";

function combine(a: ExactNumber | null, b: ExactNumber | null, operation: Operation): ExactNumber | null {
  if (a === null || b === null) return null;
  const decimal = a.decimal || b.decimal;
  const [p, q, r, s] = [a.numerator, a.denominator, b.numerator, b.denominator];
  if (operation === "+") return exactOf(p * s + r * q, q * s, decimal);
  if (operation === "-") return exactOf(p * s - r * q, q * s, decimal);
  return operation === "*" ? exactOf(p * r, q * s, decimal) : exactOf(p * s, q * r, decimal);
}

function power(base: ExactNumber | null, exponent: ExactNumber | null): ExactNumber | null {
  if (base === null || exponent === null || exponent.denominator !== 1n) return null;
  const size = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
  // Bounded before it is computed: 400 times the bits of the base.
  if (size > MAX_EXPONENT || base.numerator.toString(16).length * 4 * Number(size) > 2 * MAX_BITS) return null;
  if (base.denominator.toString(16).length * 4 * Number(size) > 2 * MAX_BITS) return null;
  const [top, bottom] = [base.numerator ** size, base.denominator ** size];
  return exponent.numerator < 0n ? exactOf(bottom, top, base.decimal) : exactOf(top, bottom, base.decimal);
}

const TOKEN = /\s*(?:(\d+(?:\.\d*)?|\.\d+)|(\\[A-Za-z]+)|([-+*/^(){}:]))/y;
const KNOWN_COMMANDS: ReadonlySet<string> = new Set(["\\frac", "\\cdot", "\\times", "\\div", "\\overline"]);

function tokensOf(latex: string): string[] | null {
  const tokens: string[] = [];
  const text = latex.trimEnd();
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const token = found?.[1] ?? found?.[2] ?? found?.[3];
    if (token === undefined || (token.startsWith("\\") && !KNOWN_COMMANDS.has(token))) return null;
    tokens.push(token);
  }
  return tokens;
}

const isNumber = (token: string | undefined): token is string => token !== undefined && /^[.\d]/.test(token);

/** Recursive descent; depth is bounded, and null goes through. */
class NumberReader {
  private at = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  get done(): boolean {
    return this.at === this.tokens.length;
  }

  private get next(): string | undefined {
    return this.tokens[this.at];
  }

  private take(...wanted: readonly string[]): string | null {
    const { next } = this;
    if (next === undefined || !wanted.includes(next)) return null;
    this.at++;
    return next;
  }

  sum(depth: number): ExactNumber | null {
    if (depth > MAX_DEPTH) return null;
    let value = this.product(depth);
    for (;;) {
      const sign = this.take("+", "-");
      if (sign === null) return value;
      value = combine(value, this.product(depth), sign === "+" ? "+" : "-");
    }
  }

  private product(depth: number): ExactNumber | null {
    let value = this.signed(depth);
    for (;;) {
      const sign = this.take("*", "/", ":", "\\cdot", "\\times", "\\div");
      if (sign !== null) {
        const divides = sign === "/" || sign === ":" || sign === "\\div";
        value = combine(value, this.signed(depth), divides ? "/" : "*");
      } else if (this.next === "(" || this.next === "\\frac") {
        value = combine(value, this.powered(depth), "*");
      } else return value;
      if (value === null) return null;
    }
  }

  private signed(depth: number): ExactNumber | null {
    if (depth > MAX_DEPTH) return null;
    if (this.take("+") !== null) return this.signed(depth + 1);
    if (this.take("-") === null) return this.powered(depth);
    const value = this.signed(depth + 1);
    return value === null ? null : { ...value, numerator: -value.numerator };
  }

  private powered(depth: number): ExactNumber | null {
    const base = this.atom(depth);
    if (this.take("^") === null) return base;
    const exponent = this.next === "{" ? this.group("}", depth) : this.number();
    return power(base, exponent);
  }

  private atom(depth: number): ExactNumber | null {
    if (this.next === "(") return this.group(")", depth);
    if (this.next === "{") return this.group("}", depth);
    if (this.take("\\frac") !== null) return combine(this.group("}", depth), this.group("}", depth), "/");
    const whole = this.number();
    if (whole === null) return null;
    // A mixed number: digits, then a fraction of digits.
    if (whole.denominator === 1n && !whole.decimal && this.next === "\\frac" && this.isPlainFraction()) {
      this.at++;
      return combine(whole, combine(this.group("}", depth), this.group("}", depth), "/"), "+");
    }
    return whole;
  }

  private isPlainFraction(): boolean {
    const [, open, top, middle, again, bottom, close] = this.tokens.slice(this.at, this.at + 7);
    return open === "{" && isNumber(top) && middle === "}" && again === "{" && isNumber(bottom) && close === "}";
  }

  private group(close: ")" | "}", depth: number): ExactNumber | null {
    if (this.take(close === ")" ? "(" : "{") === null) return null;
    const value = this.sum(depth + 1);
    return this.take(close) === null ? null : value;
  }

  private number(): ExactNumber | null {
    const token = this.next;
    if (!isNumber(token)) return null;
    this.at++;
    const [whole = "", fraction] = token.split(".");
    const places = fraction ?? "";
    const plain = exactOf(BigInt(`${whole}${places}` || "0"), 10n ** BigInt(places.length), places !== "");
    return fraction !== undefined && this.next === "\\overline" ? this.repeating(plain, places.length) : plain;
  }

  /** `0.1\overline{6}`: what repeats is a fraction of 9, 99, …, exact. */
  private repeating(start: ExactNumber | null, places: number): ExactNumber | null {
    const [, open, digits, close] = this.tokens.slice(this.at, this.at + 4);
    if (open !== "{" || digits === undefined || !/^\d+$/.test(digits) || close !== "}") return null;
    this.at += 4;
    const nines = 10n ** BigInt(digits.length) - 1n;
    const sum = combine(start, exactOf(BigInt(digits), nines * 10n ** BigInt(places), false), "+");
    return sum === null ? null : { ...sum, decimal: false };
  }
}
