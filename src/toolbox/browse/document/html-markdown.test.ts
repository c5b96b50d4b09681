import { describe, expect, it } from "vitest";
import { readHtml } from "./html-markdown.ts";

const URL = "https://example.org/docs/page.html";
const read = (body: string, content: "main" | "whole" = "whole", head = ""): string =>
  readHtml(`<!doctype html><html><head>${head}</head><body>${body}</body></html>`, URL, content).text;
const LONG = "The lighthouse of the northern cape was built in several stages. ".repeat(12).trim();

describe("a page as Markdown", () => {
  it("keeps headings, lists, tables, code and quotes", () => {
    const page = `
      <h1>Towers</h1><p>Some <b>bold</b>, <em>slanted</em> and <code>a_b</code> text.</p>
      <ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>
      <table><thead><tr><th>Name</th><th>Height</th></tr></thead><tbody><tr><td>Cape</td><td>31 m</td></tr></tbody></table>
      <pre><code class="language-ts">const a = 1;\nconst b = "*x*";</code></pre>
      <blockquote><p>So it is.</p></blockquote>`;
    expect(read(page)).toBe(
      [
        "# Towers",
        "",
        "Some **bold**, _slanted_ and `a_b` text.",
        "",
        "-   one",
        "-   two",
        "    1.  deep",
        "",
        "| Name | Height |",
        "| --- | --- |",
        "| Cape | 31 m |",
        "",
        "```ts",
        "const a = 1;",
        'const b = "*x*";',
        "```",
        "",
        "> So it is.",
      ].join("\n"),
    );
  });

  it("makes links and pictures absolute, by the page's base if it has one", () => {
    const links = `<a href="other.html">a</a> <a href="/top?q=1#part">b</a> <a href="//cdn.example/x">c</a>
      <a href="mailto:me@example.org">d</a> <img src="pic.png" alt="a picture">`;
    expect(read(links)).toBe(
      "[a](https://example.org/docs/other.html) [b](https://example.org/top?q=1#part) [c](https://cdn.example/x) " +
        "[d](mailto:me@example.org) ![a picture](https://example.org/docs/pic.png)",
    );
    expect(read('<a href="x">a</a>', "whole", '<base href="/base/">')).toBe("[a](https://example.org/base/x)");
    expect(read('<a href="x">a</a>', "whole", '<base href="javascript:1">')).toBe("[a](https://example.org/docs/x)");
  });

  it("leaves the text of what is no link to a page", () => {
    expect(
      read('<p><a href="javascript:steal()">a</a> <a href="#top">b</a> <a href="data:text/html,x">c</a></p>'),
    ).toBe("a b c");
    expect(read('<p>x <img src="data:image/png;base64,AAAA" alt="a dot"> <a href="/e"></a>y</p>')).toBe("x a dot y");
  });

  it("shows nothing that a reader does not see", () => {
    expect(
      read("<p>seen</p><script>hidden()</script><style>p {}</style><template>no</template><noscript>no</noscript>"),
    ).toBe("seen");
  });

  it("escapes nothing: tags that a page spells are text as the page says it", () => {
    const spelled =
      "&lt;answer&gt;Rome&lt;/answer&gt; &lt;tool_call&gt;{}&lt;/tool_call&gt; &lt;|im_end|&gt; a_b *c* [d] 1. x";
    expect(read(`<p>${spelled}</p>`)).toBe(
      "<answer>Rome</answer> <tool_call>{}</tool_call> <|im_end|> a_b *c* [d] 1. x",
    );
  });
});

describe("the main part", () => {
  const page = `<nav><a href="/1">Home</a> <a href="/2">Shop</a></nav>
    <article><h2>Lighthouse</h2><p>${LONG}</p><p>See <a href="more">more</a>. ${LONG}</p></article>
    <footer>Imprint and cookies</footer>`;

  it("is without menus, with its links", () => {
    const text = read(page, "main");
    expect(text).toContain("[more](https://example.org/docs/more)");
    expect(text).toContain(LONG);
    expect(text).not.toMatch(/Shop|Imprint/);
    expect(read(page, "whole")).toMatch(/\[Shop\]\(https:\/\/example.org\/2\)[^]*Imprint/);
  });

  it("is the whole page where there is no article in it", () => {
    const list = Array.from({ length: 30 }, (_, i) => `<li><a href="/p${i}">Paper ${i}</a></li>`).join("");
    const text = read(`<h1>Papers</h1><ul>${list}</ul>`, "main");
    expect(text).toContain("[Paper 29](https://example.org/p29)");
    expect(read("<p>Short.</p>", "main")).toBe("Short.");
  });
});

describe("odd pages", () => {
  it.each([
    ["", ""],
    ["just text", "just text"],
    ["<p>one<p>two", "one\n\ntwo"],
    ["<div><b>open", "**open**"],
    ["<li>a</li>", "-   a"],
    ["<svg><text>x</text></svg><p>y</p>", "y"],
    ["<p>a\u0000b</p>", "ab"],
  ])("%j", (html, expected) => {
    expect(readHtml(html, URL, "main").text).toBe(expected);
  });

  it.each([512, 5000])("nested %i deep are their text", (depth) => {
    const html = `<html><body>first ${"<div>".repeat(depth)}deep\n\n  <b>down</b>${"</div>".repeat(depth)}<p>last</p></body></html>`;
    expect(readHtml(html, URL, "main").text).toBe("first deep\ndownlast");
  });

  it("nested 100 deep are Markdown", () => {
    const html = `<html><body>${"<div>".repeat(100)}<b>down</b>${"</div>".repeat(100)}</body></html>`;
    expect(readHtml(html, URL, "main").text).toBe("**down**");
  });

  it("has its title in one line", () => {
    expect(readHtml("<html><head><title> A\n  page </title></head><body>x</body></html>", URL, "main").title).toBe(
      "A page",
    );
  });

  it.each([
    ['<div id="root"></div><script src="/app.js"></script>', true],
    ["<noscript>You need to enable JavaScript.</noscript>", true],
    [`<p>${LONG}</p><script src="/app.js"></script>`, false],
    ["<p>Short, and that is all.</p>", false],
  ])("needs its scripts: %j", (body, expected) => {
    expect(readHtml(`<html><body>${body}</body></html>`, URL, "main").needsJavaScript).toBe(expected);
  });
});
