/** The result of an evaluation as one self-contained page. Pure; everything that was read is escaped by `html`. */
import type { QuestionRecord } from "../../eval/attempt-record.ts";
import type { EvaluationResult } from "../../eval/result.ts";
import { html, type Markup } from "../markup.ts";
import { page } from "../page.ts";
import { attemptsSection } from "./attempts-section.ts";
import { paperNotes, paperTable } from "./paper-table.ts";
import { effortTable, errorTable, notesOf, scoreTable, type Table } from "./result-tables.ts";
import { headline } from "./result-text.ts";
import { suitesStyle } from "./suites-style.ts";

export function resultPage(result: EvaluationResult, records: readonly QuestionRecord[]): string {
  const { model } = result.settings;
  const titles = new Map(result.suites.map(({ suite, title }) => [suite, title]));
  const suites = result.suites.map(({ title }) => title).join(", ");
  return page({
    title: `${lastPart(model)} on ${suites}`,
    header: html`${suitesStyle}<header><p class="eyebrow">AEPO evaluation</p><h1>${lastPart(model)} <span>on</span> ${suites}</h1>
<p class="soft">${headline(result)}</p></header>`,
    sections: [
      {
        id: "results",
        name: "Results",
        body: html`<section id="results"><h2>Results</h2><p class="lead">Per cent, with 95 % intervals over questions.</p>${table(scoreTable(result))}
<ul class="notes">${notesOf(result).map((note) => html`<li>${note}</li>`)}</ul></section>`,
      },
      {
        id: "effort",
        name: "Effort",
        body: html`<section id="effort"><h2>Effort</h2><p class="lead">What an attempt took, means.</p>${table(effortTable(result))}</section>`,
      },
      {
        id: "errors",
        name: "Errors",
        body: html`<section id="errors"><h2>Errors</h2><p class="lead">What went wrong, attempts by class.</p>${table(errorTable(result))}</section>`,
      },
      {
        id: "paper",
        name: "Paper",
        body: html`<section id="paper"><h2>Beside the paper</h2><p class="lead">Per cent. Other models, tools and days: figures to place a result by, not to rank it by.</p>${table(paperTable(result.suites))}
<ul class="notes">${paperNotes().map((note) => html`<li>${note}</li>`)}</ul></section>`,
      },
      { id: "attempts", name: "Attempts", body: attemptsSection(records, titles) },
    ],
  });
}

/** Of a path or an address, what a reader knows the model by. */
function lastPart(model: string): string {
  if (/^https?:/i.test(model)) return model;
  return model.replace(/\/+$/, "").split("/").at(-1) ?? model;
}

function table({ head, rows }: Table): Markup {
  return html`<div class="scroll"><table class="results"><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([name = "", ...cells]) => {
    const level = name.startsWith("  ");
    return html`<tr class="${level ? "level" : "suite"}"><td>${name.trim()}</td>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
  })}</tbody></table></div>`;
}
