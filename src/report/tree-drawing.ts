/**
 * A tree as a picture: time to the right in tokens, one lane a path, every token a cell shaded by its entropy, every tool
 * result a box, forks leaving where they branched (AEPO-R4), rewards and advantages at the leaves.
 */
import type { CreditTable } from "./credit.ts";
import { fixed, signed } from "./figure-format.ts";
import { heatLevel } from "./heat.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { linearScale } from "./scale.ts";
import type { Lane, Segment, TreeLayout } from "./tree-layout.ts";
import { decisionLabel, decisionWords, isDenied, originWords, outcomeWords } from "./tree-words.ts";
import { verdictOf } from "./verdict.ts";

const SIZE = {
  width: 1120,
  left: 112,
  right: 196,
  row: 34,
  top: 14,
  axis: 26,
  cell: 14,
} as const;

interface Frame {
  readonly x: (tokens: number) => number;
  readonly y: (row: number) => number;
  readonly largest: number;
  readonly credit: CreditTable;
}

export function treeDrawing(layout: TreeLayout, largest: number, credit: CreditTable, label: string): Markup {
  const height = SIZE.top + layout.lanes.length * SIZE.row + SIZE.axis;
  const frame: Frame = {
    x: linearScale({ low: 0, high: layout.tokens }, SIZE.left, SIZE.width - SIZE.right),
    y: (row) => SIZE.top + (row + 0.5) * SIZE.row,
    largest,
    credit,
  };
  return html`<svg class="tree" viewBox="0 0 ${SIZE.width} ${height}" role="img" aria-label="${label}">
${layout.lanes.map((lane) => html`<path class="lane" d="M${frame.x(lane.start)} ${frame.y(lane.row)}H${SIZE.width - SIZE.right + 8}"/>`)}
${layout.lanes.map((lane) => connector(lane, frame))}
${layout.lanes.map((lane) => laneOf(lane, frame))}
${layout.lanes.map((lane) => forkLabel(lane, frame))}
${timeAxis(layout, frame, height)}
</svg>`;
}

function connector({ parentRow, row, start, madeBy }: Lane, { x, y }: Frame): Markup {
  if (parentRow === null) return nothing;
  const [left, from, to] = [x(start), y(parentRow), y(row)];
  const title = madeBy === null ? "fork" : decisionWords(madeBy);
  return html`<g class="fork"><title>${title}</title><path d="M${left - 3} ${from}V${to - 9}Q${left - 3} ${to} ${left + 5} ${to}"/></g>`;
}

function laneOf(lane: Lane, frame: Frame): Markup {
  const y = frame.y(lane.row);
  return html`<g class="path"><text class="lane-name" x="0" y="${y + 4}">path ${String(lane.path.id)}<tspan class="soft" dx="6">${originWords(lane.path)}</tspan></text>
${lane.segments.map((segment) => segmentOf(segment, y, frame))}
${leaf(lane, y, frame)}</g>
`;
}

function segmentOf(segment: Segment, y: number, frame: Frame): Markup {
  const { x } = frame;
  const { node, resultStart, end, decision } = segment;
  const result = node.result;
  const [from, to] = [x(resultStart), x(end)];
  const box =
    result === null
      ? nothing
      : html`<g class="result${result.failed === null ? "" : " failed"}"><title>${`${result.tool} ${result.input}\n${result.text}`}</title><rect x="${from + 1}" y="${y - 9}" width="${Math.max(2, to - from - 2)}" height="18" rx="3"/>${
          to - from > result.tool.length * 6.2 + 8
            ? html`<text x="${(from + to) / 2}" y="${y + 3.5}" text-anchor="middle">${result.tool}</text>`
            : nothing
        }</g>`;
  return html`${cells(segment, y, frame)}${box}${decision === null ? nothing : diamond(decision, to, y)}`;
}

/** Tokens as cells; many tokens to a pixel become one cell of their largest entropy. */
function cells({ node, start }: Segment, y: number, { x, largest }: Frame): Markup {
  const entropies = node.turn?.entropies ?? [];
  const pixels = x(start + 1) - x(start);
  const merged = Math.max(1, Math.ceil(2 / Math.max(pixels, 1e-6)));
  const gap = pixels * merged > 4 ? 0.8 : 0;
  const rects: Markup[] = [];
  for (let i = 0; i < entropies.length; i += merged) {
    const group = entropies.slice(i, i + merged);
    const level = group.reduce((most, entropy) => Math.max(most, heatLevel(entropy, largest)), 0);
    const width = x(start + i + group.length) - x(start + i) - gap;
    rects.push(
      html`<rect class="e${level}" x="${x(start + i)}" y="${y - SIZE.cell / 2}" width="${width}" height="${SIZE.cell}"/>`,
    );
  }
  return html`<g class="cells"><title>${node.turn?.text ?? ""}</title>${rects}</g>`;
}

type NodeDecision = NonNullable<Segment["decision"]>;

function diamond(decision: NodeDecision, at: number, y: number): Markup {
  const state = decision.forks > 0 ? " branched" : isDenied(decision) ? " denied" : "";
  return html`<g class="decision${state}"><title>${`${decisionWords(decision)}\n${outcomeWords(decision)}`}</title><path d="M${at - 3} ${y - 5}l5 5l-5 5l-5 -5z"/></g>`;
}

function forkLabel({ parentRow, row, start, madeBy }: Lane, { x, y }: Frame): Markup {
  if (parentRow === null || madeBy === null) return nothing;
  const right = x(start) - 10;
  // About 5.4 pixels a sign: a label that would run into the lane's name is left to the fork's title.
  const full = decisionLabel(madeBy);
  const label = right - full.length * 5.4 > SIZE.left ? full : `ΔH ${signed(madeBy.deltaEntropy)}`;
  return right - label.length * 5.4 > SIZE.left - 6
    ? html`<text class="fork-label" x="${right}" y="${y(row) + 3.5}" text-anchor="end">${label}</text>`
    : nothing;
}

function leaf({ path, end }: Lane, y: number, { x, credit }: Frame): Markup {
  const right = SIZE.width - SIZE.right + 16;
  const advantage = credit.path(path);
  const name = path.reward.correct ? "right" : "wrong";
  const { sign, word, reward, why } = verdictOf(path.reward);
  return html`<path class="lane-end" d="M${x(end)} ${y}H${right - 8}"/><g class="leaf ${name}"><title>${`${word}: ${reward === null ? why : `reward ${fixed(reward)}`}`}</title><circle cx="${right}" cy="${y}" r="7.5"/><text class="sign" x="${right}" y="${y + 3.5}" text-anchor="middle">${sign}</text></g>
<text class="leaf-reward" x="${right + 54}" y="${y + 4}" text-anchor="end">${fixed(reward)}</text><text class="leaf-advantage" x="${right + 108}" y="${y + 4}" text-anchor="end">${advantage === null ? "" : signed(advantage)}</text><text class="soft" x="${right + 118}" y="${y + 4}">${path.end}</text>`;
}

function timeAxis({ tokens }: TreeLayout, { x }: Frame, height: number): Markup {
  const step =
    [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((size) => tokens / size <= 10) ?? Math.ceil(tokens / 10);
  const ticks = Array.from({ length: Math.floor(tokens / step) + 1 }, (_, i) => i * step);
  const y = height - 8;
  const right = SIZE.width - SIZE.right + 16;
  return html`<g class="ticks">${ticks.map((tick) => html`<text x="${x(tick)}" y="${y}" text-anchor="middle">${String(tick)}</text>`)}<text x="0" y="${y}">tokens</text><text x="${right + 54}" y="${y}" text-anchor="end">reward</text><text x="${right + 108}" y="${y}" text-anchor="end">adv.</text><text x="${right + 118}" y="${y}">ended by</text></g>`;
}
