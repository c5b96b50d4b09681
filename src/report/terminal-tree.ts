/**
 * One tree as text for a terminal. A fork stands indented right below the tool result it branched at; what is above it on
 * the same line is shared with it and written once (AEPO-R7). What a model or a tool wrote is made visible, never emitted.
 */
import picocolors from "picocolors";
import { type Decision, type Path, type RolloutTree, type TreeNode, walk } from "../rollout/tree.ts";
import { displayWidth, type Piece, wrapPieces } from "./display-width.ts";
import { count, fixed, isMeasured } from "./figure-format.ts";
import { heatLevel, largestEntropy } from "./heat.ts";
import { type TokenText, tokenTexts } from "./token-text.ts";
import { decisionWords, originWords, outcomeWords } from "./tree-words.ts";
import { visible, visibleLine } from "./visible.ts";
import { verdictOf } from "./verdict.ts";

export interface TerminalTreeOptions {
  readonly color: boolean;
  /** Columns; at least 40 are used. */
  readonly width: number;
  /** Write the entropy behind every token that has some. */
  readonly entropies: boolean;
  /** Text of a token id, for policies whose tokens are not words. */
  readonly tokenText?: TokenText;
}

/** Entropies below it are not written: they would read 0.00. */
const LEAST_SHOWN = 0.005;

export function renderTree(tree: RolloutTree, options: TerminalTreeOptions): string {
  const drawing: Drawing = {
    tree,
    options,
    colors: picocolors.createColors(options.color),
    decisions: new Map(tree.decisions.map((decision) => [decision.node, decision])),
    largest: largestEntropy(tree),
    lines: [],
  };
  head(drawing);
  for (const path of tree.paths.filter(({ origin }) => origin.kind === "root")) {
    write(drawing, "", "", []);
    drawPath(drawing, path, "", "");
  }
  return drawing.lines.join("\n");
}

interface Drawing {
  readonly tree: RolloutTree;
  readonly options: TerminalTreeOptions;
  readonly colors: ReturnType<typeof picocolors.createColors>;
  readonly decisions: ReadonlyMap<number, Decision>;
  readonly largest: number;
  readonly lines: string[];
}

function head(drawing: Drawing): void {
  const { tree, colors } = drawing;
  const { question, budget, ledger } = tree;
  const right = tree.paths.filter(({ reward }) => reward.correct).length;
  const probe =
    budget.rootEntropy === null
      ? "no probe"
      : `probe H_root ${fixed(budget.rootEntropy, 3)}, mean H_tool ${fixed(budget.toolEntropy, 3)} nat over ${count(budget.toolSteps)} tool steps`;
  const rows: readonly (readonly [string, string])[] = [
    ["question", `${question.prompt}  (${tree.task}, ${question.id})`],
    ["answer", question.answers.join(" or ")],
    ["budget", `m ${count(budget.globalRollouts)} of k ${count(budget.groupSize)} · ${probe}`],
    [
      "paths",
      `${right} of ${tree.paths.length} right · ${tree.paths.filter(({ origin }) => origin.kind === "fork").length} forks`,
    ],
    [
      "ledger",
      `${count(ledger.generated)} tokens generated, ${count(ledger.shared)} shared · ${count(ledger.toolCalls)} tool calls, ${count(ledger.toolCallsSaved)} saved`,
    ],
  ];
  for (const [name, value] of rows)
    write(drawing, colors.dim(name.padEnd(10)), " ".repeat(10), [{ text: visible(value) }], 10);
}

/** `opening` stands before the path's first line, `margin` before its others. */
function drawPath(drawing: Drawing, path: Path, opening: string, margin: string): void {
  const { colors, tree } = drawing;
  const origin = path.origin.kind === "fork" ? `fork of path ${path.origin.from}` : originWords(path);
  write(drawing, opening, margin, [
    { text: `● path ${path.id}`, paint: colors.bold },
    { text: ` · ${origin}`, paint: colors.dim },
  ]);
  const inner = `${margin}│ `;
  const drawForks = (node: number): void => {
    const forks = tree.paths.filter(
      ({ origin }) => origin.kind === "fork" && origin.at === node && origin.from === path.id,
    );
    for (const fork of forks) drawPath(drawing, fork, `${margin}├─`, inner);
  };
  // A tree may grow from the question too (B-TREE).
  drawForks(0);
  for (const node of ownNodes(tree, path)) {
    drawNode(drawing, node, inner);
    drawForks(node.id);
  }
  const { reward, end } = path;
  const verdict = verdictOf(reward);
  const parts = Object.entries(reward.parts).map(([name, value]) => ` · ${visibleLine(name)} ${fixed(value)}`);
  write(drawing, `${margin}╰ `, `${margin}  `, [
    { text: `${verdict.sign} ${verdict.word}`, paint: reward.correct ? colors.green : colors.yellow },
    {
      text:
        verdict.reward === null
          ? ` · ended by ${visibleLine(end)} · ${visibleLine(verdict.why)}`
          : ` · ended by ${visibleLine(end)} · reward ${fixed(reward.total)}${parts.join("")}${reward.formatOk ? "" : " · format broken"}`,
    },
  ]);
}

function ownNodes(tree: RolloutTree, path: Path): TreeNode[] {
  const nodes = walk(tree, path.leaf);
  const { origin } = path;
  return origin.kind === "root" ? nodes : nodes.slice(1 + nodes.findIndex(({ id }) => id === origin.at));
}

function drawNode(drawing: Drawing, node: TreeNode, margin: string): void {
  const { colors, decisions } = drawing;
  if (node.turn !== null) write(drawing, margin, margin, turnPieces(drawing, node.turn));
  if (node.result !== null) {
    const { tool, input, text, failed, rejected } = node.result;
    const verb = rejected === true ? "rejected" : "failed";
    const failure = failed === null ? [] : [{ text: ` (${verb}: ${visibleLine(failed)})`, paint: colors.red }];
    const call = {
      text: `→ ${visibleLine(tool === "" ? "no call" : tool)}: ${visibleLine(input)}`,
      paint: colors.cyan,
    };
    write(drawing, margin, `${margin}  `, [call, ...failure, { text: ` ${visible(text)}`, paint: colors.dim }]);
  }
  const decision = decisions.get(node.id);
  if (decision === undefined) return;
  const branched = decision.forks > 0;
  const sign = {
    text: branched ? "◆ " : "◇ ",
    paint: branched ? colors.magenta : colors.dim,
  };
  const outcome = {
    text: ` · ${outcomeWords(decision)}`,
    paint: branched ? colors.magenta : colors.dim,
  };
  write(drawing, margin, `${margin}  `, [sign, { text: decisionWords(decision), paint: colors.dim }, outcome]);
}

function turnPieces({ options, colors, largest }: Drawing, turn: NonNullable<TreeNode["turn"]>): Piece[] {
  const texts = tokenTexts(turn, options.tokenText);
  if (texts === null) return [{ text: visible(turn.text) }];
  return texts.flatMap(({ before, text }, index): Piece[] => {
    const entropy = turn.entropies[index];
    const level = heatLevel(entropy, largest);
    const shade = level >= 7 ? colors.red : level >= 4 ? colors.yellow : String;
    // Subword tokens bring their own white space; it must not be glued to the number.
    const [, lead = "", word = ""] = /^(\s*)([^]*)$/u.exec(visible(text)) ?? [];
    const number = options.entropies && isMeasured(entropy) && entropy >= LEAST_SHOWN ? `·${fixed(entropy)}` : "";
    const whole = `${word}${number}`;
    // Painted only as a whole: a word that was cut at the margin stays plain.
    return [
      { text: visible(before) + lead },
      {
        text: whole,
        paint: (part) => (part === whole ? shade(word) + (number === "" ? "" : colors.dim(number)) : part),
      },
    ];
  });
}

/** Writes pieces after `first`, wrapped with `rest` before every further line. Margins must be the same width: `columns`. */
function write(
  { lines, options }: Drawing,
  first: string,
  rest: string,
  pieces: readonly Piece[],
  columns?: number,
): void {
  const taken = columns ?? Math.max(displayWidth(first), displayWidth(rest));
  // Deep forks still get room to write.
  const room = Math.max(24, Math.max(40, options.width) - taken);
  for (const [index, line] of wrapPieces(pieces, room).entries())
    lines.push(`${index === 0 ? first : rest}${line}`.trimEnd());
}
