/** A part of a page as Markdown, by turndown with GitHub's tables. */
import { gfm } from "@joplin/turndown-plugin-gfm";
import TurndownService from "turndown";

export function markdownOf(element: Element): string {
  const service = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
    emDelimiter: "_",
    hr: "---",
  });
  service.use(gfm);
  // Backslashes before every * and _ help a renderer, not a reader.
  service.escape = (text) => text;
  service.addRule("link without text", {
    filter: (node) => node.nodeName === "A" && (node.textContent ?? "").trim() === "" && !hasImage(node),
    replacement: () => "",
  });
  // As text: turndown's own parser has what its tables need (rows), linkedom does not.
  return tidied(service.turndown(element.innerHTML));
}

function hasImage(node: HTMLElement): boolean {
  return node.getElementsByTagName("img").length > 0;
}

function tidied(markdown: string): string {
  return markdown
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}
