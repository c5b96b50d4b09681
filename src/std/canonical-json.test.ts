import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, isPlainJson } from "./canonical-json.ts";

/** The same value with the fields of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, reversed(field)]),
  );
}

describe("canonical JSON", () => {
  it("does not depend on the order of fields, and says the whole value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    [{ b: 1, a: { d: 2, c: undefined } }, '{"a":{"d":2},"b":1}'],
    [undefined, "null"],
    [10n, '"10n"'],
    [new Set(["x"]), '["x"]'],
    [new Map([["k", 1]]), '[["k",1]]'],
    [new URL("http://a/b"), '"http://a/b"'],
  ])("of %s is %s", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("refuses what it cannot say", () => {
    expect(() => canonicalJson({ go: () => 1 })).toThrow("JSON cannot say a function");
  });
});

describe("plain JSON", () => {
  it.each([
    [null, true],
    [{ a: [1, "x", { b: false }], c: undefined }, true],
    [Number.NaN, false],
    [undefined, false],
    [{ a: new Map() }, false],
    [[new URL("http://a")], false],
    [{ f: () => 1 }, false],
    [10n, false],
  ])("%s: %s", (value, plain) => {
    expect(isPlainJson(value)).toBe(plain);
  });
});
