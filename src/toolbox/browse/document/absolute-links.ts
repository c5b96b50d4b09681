/** Links of a page, made absolute. What is no link to a page (javascript:, data:, an anchor) leaves its text. */

export function absoluteLinks(document: Document, url: string): void {
  const base = baseOf(document, url);
  for (const link of document.querySelectorAll("a[href]")) rewrite(link, "href", base);
  for (const image of document.querySelectorAll("img")) {
    if (image.getAttribute("src") !== null) rewrite(image, "src", base);
    if (image.getAttribute("src") === null) image.replaceWith(image.getAttribute("alt") ?? "");
  }
}

function baseOf(document: Document, url: string): string {
  const given = document.querySelector("base[href]")?.getAttribute("href") ?? "";
  return webAddress(given, url) ?? url;
}

function rewrite(element: Element, attribute: string, base: string): void {
  const given = element.getAttribute(attribute) ?? "";
  const absolute = given.trim().startsWith("#") ? null : webAddress(given, base);
  if (absolute === null) element.removeAttribute(attribute);
  else element.setAttribute(attribute, absolute);
}

function webAddress(given: string, base: string): string | null {
  if (!URL.canParse(given, base)) return null;
  const url = new URL(given, base);
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
}
