/**
 * Markup by construction: `html` escapes every string it is given, so text reaches a page only as text. The one way
 * around it, `trusted`, is for the constants of this folder. Attributes are always written in double quotes.
 */
import { visible } from "./visible.ts";

export interface Markup {
  readonly markup: string;
}

/** What may stand in a template. Numbers are coordinates (hundredths); figures to read come from `figure-format.ts`. */
export type Part = Markup | string | number | null | readonly Part[];

/** Tagged template: literals are markup, values are escaped unless they are markup themselves; null is nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let markup = literals[0] ?? "";
  for (const [index, part] of parts.entries()) markup += render(part) + (literals[index + 1] ?? "");
  return { markup };
}

/** A constant of this folder, taken as markup. Never for anything that was read. */
export function trusted(markup: string): Markup {
  return { markup };
}

export const nothing: Markup = { markup: "" };

/** Text for an element or a quoted attribute: no markup, and no character that acts on the display. */
export function escapeText(text: string): string {
  return visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function render(part: Part): string {
  if (part === null) return "";
  if (typeof part === "string") return escapeText(part);
  if (typeof part === "number") return Number.isFinite(part) ? String(Math.round(part * 100) / 100) : "0";
  if ("markup" in part) return part.markup;
  return part.map(render).join("");
}
