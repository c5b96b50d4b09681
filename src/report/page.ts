/** The page around the sections: one file, no network, readable without scripts. */
import { html, type Markup, trusted } from "./markup.ts";
import { pageScript, pageScriptSource } from "./script.ts";
import { pageStyle } from "./style.ts";

export interface PageParts {
  readonly title: string;
  readonly header: Markup;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly id: string;
  readonly name: string;
  readonly body: Markup;
}

/** Should an escape ever fail: no load, and no script but the page's own. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src ${pageScriptSource}; base-uri 'none'; form-action 'none'`;

export function page({ title, header, sections }: PageParts): string {
  const present = sections.filter(({ body }) => body.markup !== "");
  const { markup } = html`${trusted("<!doctype html>")}
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>
${pageStyle}</head>
<body><main>
${header}
<nav>${present.map(({ id, name }) => html`<a href="#${id}">${name}</a>`)}</nav>
${present.map(
  ({ body }) => html`${body}
`,
)}
<footer>Rules AEPO-… are those of the specification. Figures that could not be measured are left out or shown as –, never as 0.</footer>
</main>
${pageScript}
</body></html>
`;
  return markup;
}
