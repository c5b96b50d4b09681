/** The report of a comparison: one self-contained HTML file, in the frame of a run's report. Pure. */
import { html } from "../report/markup.ts";
import { page } from "../report/page.ts";
import { curveSection } from "./curve-section.ts";
import type { Results } from "./results.ts";
import { figuresSection, heldOutSection, runsSection, settingsSection, summarySection } from "./sections.ts";

export function renderComparison(results: Results, task: string): string {
  const names = results.methods.map(({ name }) => name);
  return page({
    title: `${task}: ${names.join(", ")}`,
    header: html`<header><p class="eyebrow">AEPO comparison</p>
<h1>${task} <span>learned with</span> ${names.length > 4 ? `${names.length} methods` : names.join(", ")}</h1></header>`,
    sections: [
      { id: "summary", name: "Summary", body: summarySection(results) },
      { id: "held-out", name: "Held out", body: heldOutSection(results) },
      { id: "curves", name: "Curves", body: curveSection(results) },
      { id: "figures", name: "Figures", body: figuresSection(results) },
      { id: "settings", name: "Settings", body: settingsSection(results) },
      { id: "runs", name: "Runs", body: runsSection(results) },
    ],
  });
}
