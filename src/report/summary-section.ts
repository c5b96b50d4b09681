/** What came of the run, at the top: Pass@k before and after with intervals, and the figures asked for first. */
import type { HeaderRecord } from "../run/records.ts";
import { count, duration, fixed, percent, signed } from "./figure-format.ts";
import { samplingWords } from "./evaluation.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { beforeAndAfter, passAt, type RunData, tokensPerSecond } from "./run-data.ts";
import type { Settings } from "./settings.ts";
import { whiskerChart, type WhiskerPair } from "./whisker-chart.ts";

export function pageHeader(header: HeaderRecord | null): Markup {
  if (header === null)
    return html`<header><p class="eyebrow">AEPO run report</p><h1>A run without a header</h1></header>`;
  return html`<header><p class="eyebrow">AEPO run report</p>
<h1>${header.task} <span>trained with</span> ${header.algorithm}</h1>
<p class="soft">seed ${String(header.seed)} · ${header.policy} · started ${header.startedAt.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC")}</p></header>`;
}

export function summarySection(data: RunData, settings: Settings): Markup {
  const { before, after } = beforeAndAfter(data.evaluations);
  const pairs = [1, 5].map(
    (k): WhiskerPair => ({
      name: `Pass@${k}`,
      before: passAt(before, k),
      after: passAt(after, k),
    }),
  );
  const measured = pairs.filter((pair) => pair.before !== null || pair.after !== null);
  const lead = leadSentence(data, settings, pairs[0] ?? null);
  return html`<section id="summary"><h2>Summary</h2><p class="lead">${lead}</p>
<div class="summary">${
    measured.length === 0
      ? html`<div class="card"><p class="empty">No evaluation yet: nothing to compare.</p></div>`
      : html`<figure class="card"><div class="card-head"><h3>Held-out Pass@1 and Pass@5</h3><span class="rule">AEPO-W2</span></div>${whiskerChart(measured)}
<figcaption>Share of ${evaluationWords(data)} answered right, before (grey) and after training (blue), with 95 % bootstrap intervals over questions.</figcaption></figure>`
  }${tiles(data)}</div></section>`;
}

function leadSentence(data: RunData, { totalSteps }: Settings, pass1: WhiskerPair | null): string {
  const done = data.steps.at(-1)?.step ?? 0;
  const skipped = data.steps.filter(({ figures }) => figures.clip === null && figures.critic?.warmup !== true).length;
  const progress = `${count(done)}${totalSteps === null ? "" : ` of ${count(totalSteps)}`} steps${skipped > 0 ? `, ${count(skipped)} skipped for want of a group with unequal rewards` : ""}.`;
  if (done === 0) return "No training step has been recorded yet.";
  if (pass1 === null || pass1.before === null || pass1.after === null) return progress;
  const change = pass1.after.value - pass1.before.value;
  const apart = pass1.after.low > pass1.before.high || pass1.after.high < pass1.before.low;
  const verdict = apart ? "the intervals do not overlap" : "the intervals overlap, so this may be chance";
  return `Held-out Pass@1 went from ${fixed(pass1.before.value)} to ${fixed(pass1.after.value)} (${signed(change)}) in ${progress.replace(/\.$/, "")}; ${verdict}.`;
}

function evaluationWords({ evaluations }: RunData): string {
  const { before, after } = beforeAndAfter(evaluations);
  const words = [before, after].flatMap((record) =>
    record === null
      ? []
      : [`${count(record.questions)} held-out questions × ${count(record.samples)} at ${samplingWords(record)}`],
  );
  return [...new Set(words)].join(" (before) and ");
}

function tiles(data: RunData): Markup {
  const { before, after } = beforeAndAfter(data.evaluations);
  const last = after ?? before;
  const seconds = data.steps.reduce((sum, step) => sum + step.seconds.rollout + step.seconds.update, 0);
  const generated = data.steps.reduce((sum, step) => sum + step.figures.ledger.generated, 0);
  const rows: readonly (readonly [string, string, string])[] = [
    [
      "steps",
      data.steps.length === 0 ? "–" : count(data.steps.at(-1)?.step),
      `${count(data.steps.reduce((sum, step) => sum + step.figures.reward.groups, 0))} questions`,
    ],
    [
      "training time",
      duration(data.steps.length === 0 ? null : seconds),
      `evaluations ${duration(data.evaluations.reduce((sum, record) => sum + record.seconds, 0))} more`,
    ],
    ["rollout speed", count(tokensPerSecond(data.steps)), "tokens a second"],
    [
      "tokens generated",
      count(generated),
      `${count(data.steps.reduce((sum, step) => sum + step.figures.ledger.shared, 0))} more were shared`,
    ],
    ["held-out format", percent(last?.formatShare), "of samples keep it"],
    [
      "held-out reward",
      fixed(last?.rewardMean),
      before !== null && after !== null ? `${fixed(before.rewardMean)} before` : "mean",
    ],
  ];
  return html`<dl class="tiles">${rows.map(([name, value, note]) => html`<div class="card"><dt>${name}</dt><dd>${value}</dd><dd class="soft">${note}</dd></div>`)}</dl>`;
}

export function warningsSection({ warnings }: RunData): Markup {
  if (warnings.length === 0) return nothing;
  const grouped = new Map<string, number[]>();
  for (const { step, message } of warnings) grouped.set(message, [...(grouped.get(message) ?? []), step]);
  const shown = [...grouped].slice(0, 50);
  return html`<section id="warnings"><h2>Warnings</h2><ul class="warnings">${shown.map(
    ([message, steps]) => html`<li><b>${stepsWords(steps)}</b> <span dir="auto">${message}</span></li>`,
  )}${grouped.size > shown.length ? html`<li>and ${String(grouped.size - shown.length)} more</li>` : nothing}</ul></section>`;
}

function stepsWords(steps: readonly number[]): string {
  const shown = steps.slice(0, 6).join(", ");
  return `${steps.length === 1 ? "step" : "steps"} ${shown}${steps.length > 6 ? ` and ${count(steps.length - 6)} more` : ""}`;
}
