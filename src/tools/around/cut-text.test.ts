import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { callIt, fakeTool } from "../testing/fake-tool.ts";
import { cutText } from "./cut-text.ts";
import { truncate } from "./truncate.ts";

/** A tokenizer's shape: words, single marks, spaces with what follows them. */
const count = (text: string): number => text.match(/\s?[\p{L}\p{N}]{1,6}|\s?[^\p{L}\p{N}\s]|\s/gu)?.length ?? 0;
const cut = (text: string, tokens: number, tail = 0) => cutText(text, { tokens, tail }, count);

describe("cutting a text", () => {
  it("leaves what is short alone", () => {
    expect(cut("a short text", 32)).toEqual({ text: "a short text", tokensCut: 0 });
  });

  it("keeps the beginning and says how much is missing", () => {
    const text = Array.from({ length: 200 }, (_, i) => `w${i}`).join(" ");
    const { text: shown, tokensCut } = cut(text, 40);
    const [, head = "", left = ""] = /^(.*) \[… (\d+) characters left out …\] $/.exec(shown) ?? [];
    expect(text.startsWith(head)).toBe(true);
    expect(head.length + Number(left)).toBe(text.length);
    expect(count(shown)).toBeLessThanOrEqual(40);
    expect(count(shown)).toBeGreaterThanOrEqual(35);
    expect(tokensCut).toBe(200 - count(head));
  });

  it("keeps the end, too, where that is asked for", () => {
    const text = Array.from({ length: 200 }, (_, i) => `w${i}`).join(" ");
    const { text: shown } = cut(text, 60, 0.5);
    const [, head = "", left = "", end = ""] = /^(.*) \[… (\d+) characters left out …\] (.*)$/.exec(shown) ?? [];
    expect(head.length + Number(left) + end.length).toBe(text.length);
    expect(text.startsWith(head) && text.endsWith(end)).toBe(true);
    expect(Math.abs(count(head) - count(end))).toBeLessThanOrEqual(2);
  });

  it("is never over the limit, never loses count and never splits a character, whatever the text", () => {
    const unit = fc.constantFrom("a", "word ", "😀", "é", " ", "\n", "中", "\ud83d", "<answer>");
    const text = fc.array(unit, { maxLength: 400 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 32, max: 80 }), fc.constantFrom(0, 0.3, 0.9), (whole, tokens, tail) => {
        const { text: shown, tokensCut } = cut(whole, tokens, tail);
        expect(count(shown)).toBeLessThanOrEqual(tokens);
        if (tokensCut === 0) {
          expect(shown).toBe(whole);
          return;
        }
        const [, head = "", left = "", end = ""] =
          /^([^]*) \[… (\d+) characters left out …\] ([^]*)$/.exec(shown) ?? [];
        expect(head.length + Number(left) + end.length).toBe(whole.length);
        expect(whole.startsWith(head) && whole.endsWith(end)).toBe(true);
        const broken = /[\ud800-\udbff]$/.test(head) && /^[\udc00-\udfff]/.test(whole.slice(head.length));
        const brokenEnd =
          /^[\udc00-\udfff]/.test(end) && /[\ud800-\udbff]$/.test(whole.slice(0, whole.length - end.length));
        expect([broken, brokenEnd]).toEqual([false, false]);
      }),
    );
  });

  it("does not tokenize ten megabytes to keep a thousand tokens", () => {
    const counted = vi.fn((text: string) => Math.ceil(text.length / 4));
    const { text } = cutText("x".repeat(10 * 2 ** 20), { tokens: 1000, tail: 0.2 }, counted);
    expect(Math.ceil(text.length / 4)).toBeLessThanOrEqual(1000);
    const characters = counted.mock.calls.reduce((sum, [piece]) => sum + piece.length, 0);
    expect(characters).toBeLessThan(500_000);
  });
});

describe("truncation", () => {
  it("cuts results, and what failed stays as it was", async () => {
    const options = { tokens: 32, tail: 0 };
    const long = "word ".repeat(100);
    const { text, state } = await callIt(truncate(options, count)(fakeTool(() => ({ text: long, state: 3 }))), "x");
    expect(text).toMatch(/^word word .* \[… \d+ characters left out …\] $/);
    expect(state).toBe(3);
    const failing = truncate(options, count)(fakeTool(() => Promise.reject(new Error(long))));
    await expect(callIt(failing, "x")).rejects.toThrow(long);
  });
});
