/** What the tools of a run did, tool by tool: calls, failures by kind, waiting, cost. Empty for tasks that keep no ledger. */
import { addLedgers, type LedgerFigures, type ToolFigures } from "../tools/around/ledger.ts";
import { percentile } from "../tools/around/latencies.ts";
import { compact, count, percent } from "./figure-format.ts";
import { html, type Markup, nothing } from "./markup.ts";
import type { RunData } from "./run-data.ts";

export function toolsSection({ steps, evaluations }: RunData): Markup {
  const all = [...steps, ...evaluations].flatMap(({ tools }) => (tools === undefined ? [] : [tools]));
  const tools = Object.entries(all.reduce<LedgerFigures>(addLedgers, {}));
  if (tools.length === 0) return nothing;
  return html`<section id="tools"><h2>Tools</h2><p class="lead">What the tools did in training and evaluation. Waiting is what a path waits for a call: queues, pauses and all.</p>
<div class="card scroll"><table class="figures wide"><thead><tr><th>tool</th>${HEAD.map((name) => html`<th class="number">${name}</th>`)}<th>failures</th></tr></thead><tbody>${tools.map(([name, one]) => rowOf(name, one))}</tbody></table></div></section>`;
}

const HEAD = [
  "calls",
  "failed",
  "tried again",
  "from cache",
  "replayed",
  "median wait",
  "95 % wait",
  "cost",
  "tokens cut",
];

function rowOf(name: string, figures: ToolFigures): Markup {
  const { calls, ok, failed, retries, cached, replayed, cost, tokensCut, latencies } = figures;
  const kinds = Object.entries(failed).map(([kind, times]) => `${count(times)} ${kind}`);
  const cells = [
    count(calls),
    calls === ok ? "0" : `${count(calls - ok)} (${percent((calls - ok) / calls)})`,
    ...[retries, cached, replayed].map((times) => count(times)),
    milliseconds(percentile(latencies, 0.5)),
    milliseconds(percentile(latencies, 0.95)),
    compact(cost),
    count(tokensCut),
  ];
  return html`<tr><td>${name}</td>${cells.map((cell) => html`<td class="number">${cell}</td>`)}<td>${kinds.join(", ")}</td></tr>`;
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : `${compact(value)} ms`;
}
