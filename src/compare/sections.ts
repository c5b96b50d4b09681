/** The sections of the report that are tables and intervals: what was found, held out, figures, settings, runs. */
import { compact, fixed, percent, signed } from "../report/figure-format.ts";
import { html, type Markup, nothing } from "../report/markup.ts";
import { TAIL } from "./estimate.ts";
import { figureRows } from "./figures.ts";
import { forestChart } from "./forest-chart.ts";
import { type Compared, type Family, findHeldOut, heldOutMetrics, metricName, type Results } from "./results.ts";
import {
  differenceWords,
  estimateWords,
  figureName,
  figureWords,
  findingWords,
  METHOD_NOTE,
  missingWords,
  overspentWords,
  pWords,
  secondsWords,
  setupWords,
  verdictWords,
} from "./words.ts";

export function summarySection(results: Results): Markup {
  const shown = results.comparisons.filter((entry) => entry.shown !== null);
  const missing = missingWords(results);
  return html`<section id="summary"><h2>Summary</h2><p class="lead">${setupWords(results)} ${findingWords(results)} ${overspentWords(results)}</p>
${missing === "" ? nothing : html`<ul class="warnings"><li>${missing}</li>${results.missing.flatMap(({ method, seed, why }) => (why === null ? [] : [html`<li><b>${method}, seed ${String(seed)}</b>: <span dir="auto">${why}</span></li>`]))}</ul>`}
<div class="card">${
    shown.length === 0
      ? html`<p class="empty">No difference is shown between any two methods.</p>`
      : html`<table class="figures wide"><tbody>${shown.map(
          (entry) =>
            html`<tr><td>${figureName(entry.metric)}</td><td><b>${entry.method}</b> is ${entry.shown} than <b>${entry.base}</b></td><td class="number">${differenceWords(entry)}</td></tr>`,
        )}</tbody></table>`
  }</div><p class="note">${METHOD_NOTE}</p></section>`;
}

export function heldOutSection({ settings, methods, comparisons }: Results): Markup {
  const metrics = heldOutMetrics(settings);
  const charts = metrics.map((metric) => {
    const rows = methods.map((method) => {
      const found = findHeldOut(method, metric);
      const { name } = method;
      return { name, value: found?.value ?? null, interval: found?.interval ?? null, words: estimateWords(found) };
    });
    const name = metricName(metric);
    const chart = forestChart({ label: name, rows, covers: [0, 1], format: (value) => fixed(value, 1) });
    return forestCard(name, "AEPO-W2", chart);
  });
  return html`<section id="held-out"><h2>Held out</h2><p class="lead">Share of the same ${String(settings.questions)} held-out questions answered right by the last checkpoint, mean over seeds.</p><div class="grid-cards forests">${charts}</div>
${differenceTable(comparisons, "held-out")}</section>`;
}

export function figuresSection(results: Results): Markup {
  const { methods, comparisons } = results;
  const head = html`<tr><th></th>${methods.map(({ name }) => html`<th class="number">${name}</th>`)}</tr>`;
  const groups = [
    ["mechanisms", "Mechanisms"],
    ["learning", "Learning"],
    ["cost", "Cost of a run"],
  ] as const;
  const tables = groups.map(([group, title]) => {
    const rows = figureRows
      .filter((row) => row.group === group)
      .map(
        ({ id, name, primary }) =>
          html`<tr><td>${name}${primary === true ? " *" : ""}</td>${methods.map((method) => html`<td class="number">${figureWords(method, id)}</td>`)}</tr>`,
      );
    const time = html`<tr><td>seconds of training + evaluation, all seeds</td>${methods.map((method) => html`<td class="number">${secondsWords(method)}</td>`)}</tr>`;
    return html`<div class="card scroll"><h3>${title}</h3><table class="figures wide"><thead>${head}</thead><tbody>${rows}${group === "cost" ? time : nothing}</tbody></table></div>`;
  });
  return html`<section id="figures"><h2>Figures</h2><p class="lead">Mean ± standard deviation over seeds; – is nothing to measure. * primary figures, whose differences are tested.</p><div class="stack">${tables}${differenceCharts(results)}</div>
${differenceTable(comparisons, "primary figures")}</section>`;
}

/** One chart a primary figure, where there is a difference to draw. */
function differenceCharts({ comparisons }: Results): Markup {
  const charts = figureRows.flatMap(({ id, name, primary, format }) => {
    const entries = comparisons.filter(({ metric }) => metric === id);
    if (primary !== true || entries.every(({ difference }) => difference === null)) return [];
    const bases = new Set(entries.map(({ base }) => base));
    const rows = entries.map((entry) => ({
      name: bases.size === 1 ? entry.method : `${entry.method} − ${entry.base}`,
      value: entry.difference,
      interval: entry.corrected,
      words: `${differenceWords(entry)}, ${verdictWords(entry)}`,
      strong: entry.shown !== null,
    }));
    const chart = forestChart({ label: name, rows, covers: [0], format: format === percent ? percent : compact });
    return [forestCard(bases.size === 1 ? `${name}: minus ${[...bases][0] ?? ""}` : name, "", chart)];
  });
  return html`<div class="grid-cards forests">${charts}</div>`;
}

function forestCard(title: string, rule: string, chart: Markup | null): Markup {
  return html`<figure class="card"><div class="card-head"><h3>${title}</h3><span class="rule">${rule}</span></div>${chart ?? html`<p class="empty">nothing to measure yet</p>`}</figure>`;
}

/** Folded where it is long: what is shown stands in the summary. */
const LONG = 16;

function differenceTable(comparisons: readonly Compared[], family: Family): Markup {
  const entries = comparisons.filter((entry) => entry.family === family);
  const rows = entries.map(
    (entry) =>
      html`<tr><td>${figureName(entry.metric)}</td><td>${entry.method}</td><td>${entry.base}</td><td class="number">${differenceWords(entry)}</td><td class="number">${pWords(entry.p)}</td><td class="number">${pWords(entry.corrected?.p)}</td><td>${entry.shown === null ? html`<span class="soft">${verdictWords(entry)}</span>` : html`<b>${verdictWords(entry)}</b>`}</td></tr>`,
  );
  const head = html`<tr><th>figure</th><th>method</th><th>minus</th><th class="number">difference (corrected ${String(100 - 100 * TAIL)} % interval)</th><th class="number">p</th><th class="number">Holm</th><th></th></tr>`;
  const table = html`<table class="figures wide"><thead>${head}</thead><tbody>${rows}</tbody></table>`;
  const shown = entries.filter((entry) => entry.shown !== null).length;
  const title = `Differences (${family}): ${String(shown)} of ${String(entries.length)} shown`;
  const body =
    entries.length > LONG
      ? html`<details><summary>${title}</summary>${table}</details>`
      : html`<h3>${title}</h3>${table}`;
  return html`<div class="card scroll differences">${body}</div>`;
}

export function settingsSection({ differing, methods, settings }: Results): Markup {
  const fields = Object.entries(settings).map(
    ([name, value]) => html`<tr><td>${name}</td><td class="value">${JSON.stringify(value)}</td></tr>`,
  );
  const rows = differing.map(
    ({ field, values }) =>
      html`<tr><td>${field}</td>${values.map((value) => html`<td class="value" dir="auto">${value}</td>`)}</tr>`,
  );
  return html`<section id="settings"><h2>Settings</h2><p class="lead">What is the same for all, and every setting in which the methods differ (– : it has none).</p><div class="stack">
<div class="card scroll"><table class="figures wide"><tbody>${fields}</tbody></table></div>
<div class="card scroll"><table class="figures wide"><thead><tr><th></th>${methods.map(({ name, from }) => html`<th title="${from}">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div></div></section>`;
}

/** Raw figures of each run. */
export function runsSection({ cells, settings }: Results): Markup {
  const metrics = heldOutMetrics(settings).filter(({ k }) => k === 1);
  const rows = cells.map((cell) => {
    const shares = metrics.map(({ temperature }) => {
      const found = cell.evaluations.find((evaluation) => evaluation.temperature === temperature);
      const right = found?.correct.reduce((sum, count) => sum + count, 0) ?? 0;
      return found === undefined ? null : right / (found.samples * found.correct.length);
    });
    const collapses = cell.warnings.filter((warning) => warning.includes("collapse (")).length;
    const notes = [cell.ended ?? "", collapses > 0 ? `${collapses} collapse warnings` : ""].filter(
      (note) => note !== "",
    );
    const { rollouts, tokens, calls } = cell.spent;
    return html`<tr><td>${cell.method}</td><td class="number">${String(cell.seed)}</td>${shares.map((share) => html`<td class="number">${fixed(share, 3)}</td>`)}<td class="number">${String(cell.steps)}</td>${[rollouts, tokens, calls].map((value) => html`<td class="number">${value.toLocaleString("en")}</td>`)}<td class="number">${signed(cell.seconds.training, 0).replace("+", "")} s</td><td dir="auto">${notes.join("; ")}</td></tr>`;
  });
  return html`<section id="runs"><h2>Runs</h2><p class="lead">Every method and seed: each is a run folder of its own, METHOD/seed-N.</p><div class="card scroll"><table class="figures wide"><thead><tr><th>method</th><th class="number">seed</th>${metrics.map((metric) => html`<th class="number">${metricName(metric)}</th>`)}<th class="number">steps</th><th class="number">rollouts</th><th class="number">tokens</th><th class="number">calls</th><th class="number">training</th><th></th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}
