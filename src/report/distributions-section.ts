/** Distributions at the last step: ΔH, P, runs of branches, m; and ΔH by tool and turn. */
import type { StepRecord } from "../run/records.ts";
import { countChart, histogramChart } from "./bar-chart.ts";
import { type Card, chartCard } from "./chart-card.ts";
import { compact, isMeasured, signed } from "./figure-format.ts";
import { html, type Markup, nothing } from "./markup.ts";
import type { Settings } from "./settings.ts";

export function distributionsSection(last: StepRecord | undefined, settings: Settings): Markup {
  if (last === undefined) return nothing;
  const cards = cardsOf(last, settings).map((card) => chartCard({ ...card, legend: html`<div></div>` }));
  return html`<section id="distributions"><h2>Distributions, step ${String(last.step)}</h2>
<p class="lead">From the last recorded step. Order: ${settings.order ?? "not recorded"}.</p><div class="grid-cards">${cards}${deltaTable(last)}</div></section>`;
}

function cardsOf({ figures: { branch, budget } }: StepRecord, { threshold, order }: Settings): Omit<Card, "legend">[] {
  const named = `Order: ${order ?? "not recorded"}.`;
  const first = Math.min(...budget.m.filter(isMeasured));
  return [
    {
      title: "Entropy change ΔH",
      rule: "AEPO-R2",
      caption: `Entropy of the step after a tool result less that of the path’s root, over all decisions, in units of the entropy scale. ${named}`,
      chart: histogramChart(branch.deltaEntropy, {
        label: "Distribution of ΔH",
        colour: 2,
        format: compact,
        mark: { at: 0, name: "0" },
      }),
    },
    {
      title: "Branch probability P",
      rule: "AEPO-R3",
      caption: `P of every decision; those to the right of the threshold branch while budget is left. ${named}`,
      chart: histogramChart(branch.probability, {
        label: "Distribution of P",
        colour: 1,
        format: compact,
        ...(threshold === null ? {} : { mark: { at: threshold, name: "τ" } }),
      }),
    },
    {
      title: "Runs of consecutive branches",
      rule: "AEPO-R3",
      caption: `How many branching steps follow each other directly on one path. ${named}`,
      chart: countChart(branch.runLengths, 1, {
        label: "Lengths of runs of consecutive branches",
        colour: 4,
        format: (value) => `${compact(value)} in a row`,
      }),
    },
    {
      title: "Budget split m",
      rule: "AEPO-R1",
      caption: "Global rollouts of each question of the step.",
      chart: Number.isFinite(first)
        ? countChart(tally(budget.m.filter(isMeasured), first), first, {
            label: "Distribution of m",
            colour: 3,
            format: (value) => `m = ${compact(value)}`,
          })
        : null,
    },
  ];
}

function tally(values: readonly number[], first: number): number[] {
  return Array.from(
    { length: Math.min(512, Math.max(...values) - first + 1) },
    (_, i) => values.filter((value) => value === first + i).length,
  );
}

function deltaTable({ figures: { branch } }: StepRecord): Markup {
  const rows = [
    ...Object.entries(branch.deltaByTool).map(([tool, value]) => ({
      name: html`tool <code>${tool}</code>`,
      value,
    })),
    ...branch.deltaByTurn.map((value, turn) => ({
      name: html`tool step ${String(turn + 1)}`,
      value,
    })),
  ].slice(0, 24);
  if (rows.length === 0) return nothing;
  const table = html`<table class="figures"><tbody>${rows.map(({ name, value }) => html`<tr><td>${name}</td><td class="number">${signed(value, 3)}</td></tr>`)}</tbody></table>`;
  const caption = "After which tool, and at which tool step, the policy is less sure than at the question.";
  return chartCard({
    title: "Mean ΔH by tool and by turn",
    rule: "AEPO-R2",
    caption,
    legend: html`<div></div>`,
    chart: html`<div>${table}</div>`,
  });
}
