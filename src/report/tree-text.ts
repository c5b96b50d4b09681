/**
 * A tree as text: rows are paths, columns are turns, every token a span shaded by its entropy, tool results below the
 * turn that asked for them. A row starts where its path left its parent, so shared text stands once (AEPO-R7).
 */
import type { PolicyTurn, ToolResult, TreeNode } from "../rollout/tree.ts";
import type { CreditTable, TokenCredit } from "./credit.ts";
import { fixed, isMeasured, signed } from "./figure-format.ts";
import { heatLevel } from "./heat.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { type TokenText, tokenTexts } from "./token-text.ts";
import type { Lane, Segment, TreeLayout } from "./tree-layout.ts";
import { decisionWords, originWords, outcomeWords } from "./tree-words.ts";
import { verdictOf } from "./verdict.ts";

export interface TextFrame {
  readonly largest: number;
  readonly credit: CreditTable;
  readonly tokenText?: TokenText;
}

export function treeText({ lanes, turns }: TreeLayout, frame: TextFrame): Markup {
  return html`<div class="scroll"><div class="turns" style="grid-template-columns:6rem repeat(${turns},1.5rem minmax(13.2rem,1fr))">
${lanes.map((lane) => rowOf(lane, frame))}</div></div>`;
}

function rowOf(lane: Lane, frame: TextFrame): Markup {
  const row = lane.row + 1;
  const first = lane.segments[0]?.turn ?? 0;
  const fork =
    lane.parentRow === null
      ? nothing
      : html`<i class="drop" style="grid-area:${lane.parentRow + 1}/${2 + 2 * first}/${row}/auto"></i>`;
  const head = html`<div class="turn-head" style="grid-area:${row}/1"><b>path ${String(lane.path.id)}</b><span class="soft">${originWords(lane.path)}</span></div>`;
  const cards = lane.segments.map((segment, index) => {
    const link = index === 0 ? nothing : html`<i class="link" style="grid-area:${row}/${2 + 2 * segment.turn}"></i>`;
    return html`${link}<div class="turn" style="grid-area:${row}/${3 + 2 * segment.turn}">${cardOf(segment, index === lane.segments.length - 1 ? lane : null, frame)}</div>
`;
  });
  // A fork that was cut before it wrote anything still has an end to show.
  const bare =
    lane.segments.length === 0
      ? html`<div class="turn" style="grid-area:${row}/3">${endOf(lane, frame)}</div>`
      : nothing;
  return html`${head}${fork}${cards}${bare}`;
}

function cardOf({ node, decision }: Segment, ending: Lane | null, frame: TextFrame): Markup {
  return html`${node.turn === null ? nothing : html`<p class="tokens" dir="auto">${tokensOf(node, node.turn, frame)}</p>`}${
    node.result === null ? nothing : resultOf(node.result)
  }${
    decision === null
      ? nothing
      : html`<p class="decided${decision.forks > 0 ? " branched" : ""}"><span>${decisionWords(decision)}</span> <b>${outcomeWords(decision)}</b></p>`
  }${ending === null ? nothing : endOf(ending, frame)}`;
}

function tokensOf(node: TreeNode, turn: PolicyTurn, frame: TextFrame): Markup | Markup[] {
  const texts = tokenTexts(turn, frame.tokenText);
  if (texts === null) {
    const measured = turn.entropies.filter(isMeasured);
    const mean = measured.reduce((sum, entropy) => sum + entropy, 0) / Math.max(1, measured.length);
    const title = `${turn.ids.length} tokens, mean entropy ${fixed(mean, 3)} nat`;
    return html`<span class="e${heatLevel(mean, frame.largest)}" title="${title}">${turn.text}</span>`;
  }
  return texts.map(({ before, text }, index) => {
    const level = heatLevel(turn.entropies[index], frame.largest);
    return html`${before}<span class="e${level}" title="${tokenTitle(turn, index, frame.credit.token(node, index))}">${text}</span>`;
  });
}

function tokenTitle({ entropies, logprobs }: PolicyTurn, index: number, credits: readonly TokenCredit[]): string {
  const logprob = logprobs[index];
  const probability = isMeasured(logprob) ? Math.exp(logprob) : null;
  const shown = credits
    .slice(0, 6)
    .map(({ path, advantage, factor }) => `path ${path}: advantage ${signed(advantage, 3)} (factor ${fixed(factor)})`);
  const more = credits.length > shown.length ? [`and ${credits.length - shown.length} more paths`] : [];
  return [`entropy ${fixed(entropies[index], 3)} nat · probability ${fixed(probability, 3)}`, ...shown, ...more].join(
    "\n",
  );
}

function resultOf({ tool, input, text, failed, rejected }: ToolResult): Markup {
  return html`<div class="answered${failed === null ? "" : " failed"}"><span class="tool">${tool === "" ? "no call" : tool}</span> <span class="input" dir="auto">${input}</span>${
    failed === null ? nothing : html` <b>${rejected === true ? "rejected" : "failed"}: ${failed}</b>`
  }<p dir="auto">${text}</p></div>`;
}

function endOf({ path }: Lane, { credit }: TextFrame): Markup {
  const { reward, end } = path;
  const { sign, word, why } = verdictOf(reward);
  if (why !== "") {
    return html`<p class="ending wrong"><b>${`${sign} ${word}`}</b> ended by ${end} · ${why} · its group was left out</p>`;
  }
  const advantage = credit.path(path);
  const parts = Object.entries(reward.parts).map(([name, value]) => `${name} ${fixed(value)}`);
  const notes = [
    reward.formatOk ? "" : "format broken",
    advantage === null ? "not trained" : `advantage ${signed(advantage)}`,
    ...parts,
  ];
  return html`<p class="ending ${reward.correct ? "right" : "wrong"}"><b>${`${sign} ${word}`}</b> ended by ${end} · reward ${fixed(reward.total)} · ${notes.filter((note) => note !== "").join(" · ")}</p>`;
}
