/**
 * Text that a model, a tool or a file wrote, made safe to show anywhere: everything that acts on a display instead of
 * being seen (control characters, escape sequences, direction overrides, invisible tags, lone surrogates) becomes a sign
 * that is seen. Line feeds and tabs stay; so do the joiners that scripts and emoji need.
 */

// Controls, surrogates without a partner, format characters (bidi overrides, tags, zero-width), separators, noncharacters.
const ACTING = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
const KEPT = new Set(["\n", "\t", "\u200c", "\u200d"]);

/** The same text with nothing in it that acts; idempotent. */
export function visible(text: string): string {
  return text.replace(ACTING, (sign) => (KEPT.has(sign) ? sign : picture(sign.codePointAt(0) ?? 0)));
}

/** `visible` on one line: line feeds and tabs become signs too. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("\n", "␊").replaceAll("\t", "␉");
}

function picture(code: number): string {
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
