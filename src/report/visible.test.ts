import fc from "fast-check";
import { expect, it } from "vitest";
import { visible, visibleLine } from "./visible.ts";

it("shows controls, escapes, overrides, tags and lone surrogates as signs", () => {
  expect(visible("a\u001b[31mb")).toBe("a␛[31mb");
  expect(visible("\u0000\r\u0007\u007f")).toBe("␀␍␇␡");
  expect(visible("\u009b2J")).toBe("⟨U+009B⟩2J");
  expect(visible("x\u202ey\u2066\u200f\ufeff")).toBe("x⟨U+202E⟩y⟨U+2066⟩⟨U+200F⟩⟨U+FEFF⟩");
  expect(visible("\ud800a\udc00")).toBe("⟨U+D800⟩a⟨U+DC00⟩");
  expect(visible("\u{e0041}\uffff\u2028")).toBe("⟨U+E0041⟩⟨U+FFFF⟩⟨U+2028⟩");
});

it("keeps letters of every script, joined emoji, line feeds and tabs", () => {
  const text = "né שלום 日本 👩‍👧\n\tx";
  expect(visible(text)).toBe(text);
  expect(visibleLine("a\n\tb")).toBe("a␊␉b");
});

it("is idempotent and leaves nothing that acts", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = visible(text);
      expect(visible(shown)).toBe(shown);
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(shown).not.toMatch(/\p{Cs}/u);
    }),
  );
});
