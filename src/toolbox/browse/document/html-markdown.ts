/**
 * A page as readable Markdown: its main text (Readability's opinion, where it finds enough), links absolute, tables and code kept,
 * nothing escaped: what a page says is shown as it says it. Of a page that is nested without reason, the text alone.
 */
import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";
import { absoluteLinks } from "./absolute-links.ts";
import { markdownOf } from "./markdown.ts";

export interface ReadPage {
  readonly title: string;
  readonly text: string;
  /** The page says almost nothing without its scripts. */
  readonly needsJavaScript: boolean;
}

const NO_TEXT = "script, style, noscript, template, svg, iframe, object, embed, canvas, link, meta";
/** Less than this share of the page, or fewer characters, and Readability has missed the point: a list, a start page. */
const MAIN_SHARE = 0.25;
const MAIN_CHARS = 250;
const EMPTY_CHARS = 200;
/** Browsers, too, nest no deeper. */
const MOST_DEPTH = 512;

export function readHtml(html: string, url: string, content: "main" | "whole"): ReadPage {
  const document = parsed(html);
  const hasScripts = document.querySelector("script") !== null;
  const saysItNeedsThem = /javascript/i.test(document.querySelector("noscript")?.textContent ?? "");
  const title = oneLine(document.querySelector("title")?.textContent ?? "");
  absoluteLinks(document, url);
  for (const element of document.querySelectorAll(NO_TEXT)) element.remove();
  const { body } = document;
  if (isDeep(body)) return { title, text: lines(body.textContent ?? ""), needsJavaScript: false };
  const main = content === "main" ? mainPart(document, plainLength(body)) : null;
  const isEmpty = plainLength(body) < EMPTY_CHARS;
  return {
    title: title || oneLine(main?.title ?? ""),
    text: main?.text ?? markdownOf(body),
    needsJavaScript: isEmpty && (hasScripts || saysItNeedsThem),
  };
}

/** A fragment is put into a page: linkedom takes its first element for the whole document. */
function parsed(html: string): Document {
  const isPage = /<html[\s>]/i.test(html) && /<body[\s>]/i.test(html);
  const page = isPage ? html : `<!doctype html><html><head></head><body>${html}</body></html>`;
  return parseHTML(page).document;
}

/** Readability takes the document apart: it gets a copy. */
function mainPart(document: Document, wholeLength: number): { readonly title: string; readonly text: string } | null {
  const copy = document.cloneNode(true) as Document;
  const article = new Readability(copy, { charThreshold: MAIN_CHARS, serializer: (node) => node }).parse();
  if (article?.content === null || article?.content === undefined) return null;
  const length = oneLine(article.textContent ?? "").length;
  if (length < MAIN_CHARS || length < MAIN_SHARE * wholeLength) return null;
  return { title: article.title ?? "", text: markdownOf(article.content as Element) };
}

/** No page for readers is nested like that; what walks it would take minutes, or the whole stack. */
function isDeep(body: Element): boolean {
  let depth = 0;
  for (let node: Node | null = body; node !== null; ) {
    if (node.firstChild !== null) {
      depth += 1;
      if (depth > MOST_DEPTH) return true;
      node = node.firstChild;
      continue;
    }
    while (node !== null && node !== body && node.nextSibling === null) {
      node = node.parentNode;
      depth -= 1;
    }
    if (node === null || node === body) return false;
    node = node.nextSibling;
  }
  return false;
}

function lines(text: string): string {
  return text
    .replaceAll(/[^\S\n]+/g, " ")
    .replaceAll(/ ?\n[ \n]*/g, "\n")
    .trim();
}

function plainLength(element: Element): number {
  return oneLine(element.textContent ?? "").length;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
