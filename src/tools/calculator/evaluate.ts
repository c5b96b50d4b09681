/**
 * An expression to its value, by recursive descent, no `eval`. From weak to strong: + and -, then * / and %, then the sign, then
 * ^ from the right (so -2^2 is -4), then the factorial. Length and depth are bounded, so a call ends in milliseconds.
 */
import { CONSTANTS, FUNCTIONS, factorial } from "./functions.ts";
import { add, CalculatorError, divide, fraction, multiply, negate, power, remainder, type Value } from "./value.ts";

export const MAX_LENGTH = 2000;
const MAX_DEPTH = 100;

interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  /** Index in the expression, from 1. */
  readonly at: number;
}

/** Throws CalculatorError that says what is wrong and where. */
export function evaluate(expression: string): Value {
  if (expression.length > MAX_LENGTH) {
    throw new CalculatorError(`the expression has ${expression.length} characters; at most ${MAX_LENGTH} are read`);
  }
  return new Reader(tokensOf(expression)).all();
}

/** Signs as people write them. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "**": "^",
  "×": "*",
  "·": "*",
  "⋅": "*",
  "÷": "/",
  "−": "-",
  "–": "-",
};

function tokensOf(expression: string): Token[] {
  const pattern =
    /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-zπ][A-Za-z0-9_]*)|(?<sign>\*\*|[-+*/%^(),!×·⋅÷−–])|\s+/uy;
  const tokens: Token[] = [];
  while (pattern.lastIndex < expression.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(expression);
    if (found === null) throw new CalculatorError(unreadable(expression, at));
    const { number, name, sign } = found.groups ?? {};
    if (number !== undefined) tokens.push({ kind: "number", text: number, at: at + 1 });
    if (name !== undefined) tokens.push({ kind: "name", text: name === "π" ? "pi" : name.toLowerCase(), at: at + 1 });
    if (sign !== undefined) tokens.push({ kind: "sign", text: SPELLINGS[sign] ?? sign, at: at + 1 });
  }
  return [...tokens, { kind: "end", text: "the end", at: expression.length + 1 }];
}

function unreadable(expression: string, at: number): string {
  const sign = String.fromCodePoint(expression.codePointAt(at) ?? 0);
  return `${JSON.stringify(sign)} at ${at + 1} is no part of an expression; there are numbers, + - * / % ^ ( ) ! , and names`;
}

/** Reads tokens from left to right; one for one expression. */
class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  all(): Value {
    const value = this.#sum();
    if (this.#token.kind !== "end") throw this.#expected("an operator");
    return value;
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #expected(what: string): CalculatorError {
    const { kind, text, at } = this.#token;
    return new CalculatorError(`${what} is expected ${kind === "end" ? "at the end" : `at ${at}, not ${text}`}`);
  }

  #take(sign: string): boolean {
    const isNext = this.#token.kind === "sign" && this.#token.text === sign;
    if (isNext) this.#next++;
    return isNext;
  }

  #deeper(read: () => Value): Value {
    if (++this.#depth > MAX_DEPTH) throw new CalculatorError(`the expression is nested deeper than ${MAX_DEPTH}`);
    const value = read();
    this.#depth--;
    return value;
  }

  #sum(): Value {
    let value = this.#product();
    for (;;) {
      if (this.#take("+")) value = add(value, this.#product());
      else if (this.#take("-")) value = add(value, negate(this.#product()));
      else return value;
    }
  }

  #product(): Value {
    let value = this.#signed();
    for (;;) {
      if (this.#take("*")) value = multiply(value, this.#signed());
      else if (this.#take("/")) value = divide(value, this.#signed());
      else if (this.#take("%")) value = remainder(value, this.#signed());
      else return value;
    }
  }

  #signed(): Value {
    return this.#deeper(() => {
      if (this.#take("-")) return negate(this.#signed());
      if (this.#take("+")) return this.#signed();
      const base = this.#operand();
      return this.#take("^") ? power(base, this.#signed()) : base;
    });
  }

  #operand(): Value {
    let value = this.#atom();
    while (this.#take("!")) value = factorial(value);
    return value;
  }

  #atom(): Value {
    const { kind, text } = this.#token;
    if (this.#take("(")) return this.#closed(this.#sum());
    if (kind !== "number" && kind !== "name") throw this.#expected("a number");
    this.#next++;
    return kind === "number" ? literal(text) : this.#named(text);
  }

  #closed(value: Value): Value {
    if (!this.#take(")")) throw this.#expected(")");
    return value;
  }

  #named(name: string): Value {
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    const known = FUNCTIONS.get(name);
    if (known === undefined) throw new CalculatorError(unknownName(name));
    if (!this.#take("(")) throw this.#expected(`( after ${name}`);
    const given: [Value, ...Value[]] = [this.#sum()];
    while (this.#take(",")) given.push(this.#sum());
    if (!this.#take(")")) throw this.#expected(")");
    const { least, most, apply } = known;
    if (given.length < least || given.length > most) {
      const count = least === most ? `${least}` : `${least} to ${most}`;
      throw new CalculatorError(`${name} takes ${count} argument${count === "1" ? "" : "s"}, not ${given.length}`);
    }
    return apply(...given);
  }
}

function unknownName(name: string): string {
  return `nothing is called ${name}; there are ${[...FUNCTIONS.keys(), ...CONSTANTS.keys()].join(", ")}`;
}

function literal(text: string): Value {
  const [digits = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", decimals = ""] = digits.split(".");
  const shift = Number(exponent) - decimals.length;
  if (Math.abs(shift) > 5000) throw new CalculatorError(`${text} has too many digits`);
  const top = BigInt(`${whole}${decimals}`);
  return shift < 0 ? fraction(top, 10n ** BigInt(-shift)) : fraction(top * 10n ** BigInt(shift), 1n);
}
