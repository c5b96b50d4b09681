/** The chosen trees: a picture and the whole text of each; one is shown at a time, all of them on paper. */
import type { RolloutRecord } from "../run/records.ts";
import { creditTable } from "./credit.ts";
import { count, fixed, interval } from "./figure-format.ts";
import { largestEntropy, LEVELS } from "./heat.ts";
import { html, type Markup, nothing } from "./markup.ts";
import type { TokenText } from "./token-text.ts";
import { chooseTrees } from "./tree-choice.ts";
import { treeDrawing } from "./tree-drawing.ts";
import { layoutTree } from "./tree-layout.ts";
import { treeText } from "./tree-text.ts";

export function treesSection(rollouts: readonly RolloutRecord[], order: string | null, tokenText?: TokenText): Markup {
  const chosen = chooseTrees(rollouts);
  if (chosen.length === 0) return nothing;
  // Radio buttons and style alone choose the tree, so it works without scripts.
  const inputs = chosen.map(
    (_, i) => html`<input type="radio" name="tree" id="tree-${i}"${i === 0 ? html` checked` : nothing}>`,
  );
  const tabs = chosen.map(
    ({ step, tree }, i) =>
      html`<label for="tree-${i}"><b>step ${String(step)}</b> <span>${tree.question.id}</span></label>`,
  );
  const panels = chosen.map((record) => panel(record, tokenText));
  return html`<section id="trees"><h2>Trees</h2>
<p class="lead">One question each of the first, the middle and the last recorded step. Time runs to the right; a lane is a path; a fork leaves its parent at the end of the tool result it branched at (AEPO-R4), everything before is shared and stands once (AEPO-R7). Order: ${order ?? "not recorded"}.</p>
<div class="tree-tabs">${inputs}<div class="tabs">${tabs}</div>${panels}</div></section>`;
}

function panel({ step, tree, credit }: RolloutRecord, tokenText?: TokenText): Markup {
  const layout = layoutTree(tree);
  const largest = largestEntropy(tree);
  const credits = creditTable(tree, credit);
  const right = tree.paths.filter(({ reward }) => reward.correct).length;
  const forks = tree.paths.filter(({ origin }) => origin.kind === "fork").length;
  const label = `Tree of ${tree.question.id}: ${tree.paths.length} paths, ${forks} of them forks, ${right} right`;
  const { budget, question, ledger } = tree;
  const facts = [
    ["answer", question.answers.join(" or ")],
    ["m of k", `${count(budget.globalRollouts)} of ${count(budget.groupSize)}`],
    [
      "probe",
      budget.rootEntropy === null
        ? "none"
        : `H_root ${fixed(budget.rootEntropy, 3)}, mean H_tool ${fixed(budget.toolEntropy, 3)} nat over ${count(budget.toolSteps)} tool steps`,
    ],
    ["paths", `${right} of ${tree.paths.length} right, ${forks} forks`],
    ["tokens", `${count(ledger.generated)} generated, ${count(ledger.shared)} shared`],
    ["tool calls", `${count(ledger.toolCalls)} made, ${count(ledger.toolCallsSaved)} saved`],
  ];
  return html`<article class="tree-panel"><h3 class="print-only">step ${String(step)}</h3>
<p class="question" dir="auto">${question.prompt}</p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name ?? ""}</dt><dd>${value ?? ""}</dd></div>`)}</dl>
${heatKey(largest)}
<div class="scroll">${treeDrawing(layout, largest, credits, label)}</div>
${credit === null ? html`<p class="note">This group was dropped: all its rewards are equal, so it has no advantage (AEPO-L1).</p>` : nothing}
<details open><summary>Text of every path</summary>${treeText(layout, { largest, credit: credits, ...(tokenText === undefined ? {} : { tokenText }) })}</details>
</article>
`;
}

function heatKey(largest: number): Markup {
  const shades = Array.from({ length: LEVELS }, (_, level) => html`<i class="e${level}"></i>`);
  return html`<ul class="key"><li><span>token entropy</span><span class="shades" title="${interval(0, largest)} nats, by square root">0 ${shades} ${fixed(largest)} nat</span></li><li><i class="box"></i>tool result</li><li><i class="box failed"></i>failed call</li><li><svg viewBox="0 0 12 12" class="decision branched"><path d="M6 1l5 5l-5 5l-5 -5z"/></svg>branched</li><li><svg viewBox="0 0 12 12" class="decision denied"><path d="M6 1l5 5l-5 5l-5 -5z"/></svg>denied by the penalty</li><li><svg viewBox="0 0 12 12" class="decision"><path d="M6 1l5 5l-5 5l-5 -5z"/></svg>went on</li></ul>`;
}
