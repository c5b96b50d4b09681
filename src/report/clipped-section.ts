/** The tokens clipped most, over the whole run. */
import type { StepRecord } from "../run/records.ts";
import { count, percent } from "./figure-format.ts";
import { html, type Markup, nothing } from "./markup.ts";

interface ClippedToken {
  readonly token: string;
  readonly clipped: number;
  readonly trained: number;
}

export function clippedSection(steps: readonly StepRecord[]): Markup {
  const tokens = clippedMost(steps);
  const most = tokens[0]?.clipped ?? 0;
  if (most === 0) return nothing;
  const rows = tokens.map(
    ({ token, clipped, trained }) =>
      html`<tr><td><code class="token" dir="auto">${shown(token)}</code></td><td class="number">${count(clipped)}</td><td class="number">${count(trained)}</td><td class="number">${percent(trained > 0 ? clipped / trained : null)}</td><td class="bar-cell"><i style="width:${(100 * clipped) / most}%"></i></td></tr>`,
  );
  return html`<section id="clipped"><h2>Tokens clipped most</h2>
<p class="lead">Path-tokens whose gradient factor differs from the plain ratio (AEPO-L3), summed over the run from each step’s list of the most clipped.</p>
<div class="card scroll"><table class="figures wide"><thead><tr><th>token</th><th class="number">times clipped</th><th class="number">times trained</th><th class="number">share</th><th></th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function clippedMost(steps: readonly StepRecord[]): ClippedToken[] {
  const sums = new Map<string, ClippedToken>();
  for (const { token, clipped, trained } of steps.flatMap(({ figures }) => figures.clip?.mostClipped ?? [])) {
    const sum = sums.get(token);
    sums.set(token, {
      token,
      clipped: (sum?.clipped ?? 0) + clipped,
      trained: (sum?.trained ?? 0) + trained,
    });
  }
  return [...sums.values()].sort((a, b) => b.clipped - a.clipped).slice(0, 20);
}

function shown(token: string): string {
  return token.trim() === "" ? token.replaceAll(" ", "␣").replaceAll("\n", "␊").replaceAll("\t", "␉") : token;
}
