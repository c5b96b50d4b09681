import { expect, it } from "vitest";
import { escapeText, html, nothing, trusted } from "./markup.ts";

it("escapes every string, in text and in attributes", () => {
  const hostile = `</p><img src=x onerror="a('b')">&amp;`;
  expect(html`<p title="${hostile}">${hostile}</p>`.markup).toBe(
    '<p title="&lt;/p&gt;&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;amp;">' +
      "&lt;/p&gt;&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;amp;</p>",
  );
});

it("takes markup, lists, nothing and coordinates as they are meant", () => {
  const items = ["<a>", "b"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}${nothing}${null}</ul>`.markup).toBe("<ul><li>&lt;a&gt;</li><li>b</li></ul>");
  // 1/3 to hundredths; what is not a number would break a drawing and becomes 0.
  expect(html`${1 / 3} ${-2} ${Number.NaN} ${Number.POSITIVE_INFINITY}`.markup).toBe("0.33 -2 0 0");
  expect(html`${trusted("<b>")}`.markup).toBe("<b>");
});

it("makes acting characters visible", () => {
  expect(escapeText("\u202e\u0000\ud800")).toBe("⟨U+202E⟩␀⟨U+D800⟩");
});
