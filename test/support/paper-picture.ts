/** The paper's example (aepo.md §8) as a picture: the two trees of `src/rollout/paper-example.test.ts`, side by side. */
import { aepo, aepoSchema } from "../../src/algorithm/aepo.ts";
import { measureBranching } from "../../src/algorithm/measure-branching.ts";
import { growPaperExample } from "../../src/rollout/testing/paper-example.ts";
import { ownNodes, type Path, type RolloutTree, walk } from "../../src/rollout/tree.ts";

const ROW = 20;
const STEP = 38;
const PANEL = 500;
const LEFT = 40;
const TOP = 74;
const UNSURE_NATS = 0.1;
const SHARED_LINE = "#b8c0cc";
const BRANCH_LINE = "#d9480f";

/** The SVG text; the same bytes every time. */
export async function paperPicture(): Promise<string> {
  const panels = [
    { title: "λ = 0: one chain takes the whole budget", tree: await grow(0) },
    { title: "λ = 0.05 (AEPO): six roots are reached", tree: await grow(0.05) },
  ];
  const height = TOP + 16 * ROW + 44;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * PANEL} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" rx="8" fill="#ffffff"/>`,
    ...panels.map(({ title, tree }, i) => `<g transform="translate(${i * PANEL} 0)">${panel(title, tree)}</g>`),
    legend(height - 18),
    "</svg>\n",
  ].join("\n");
}

function grow(penalty: number): Promise<RolloutTree> {
  const options = aepoSchema.parse({
    name: "aepo",
    budget: { premonitor: false },
    order: "depthFirst",
    branch: { penalty },
  });
  return growPaperExample(aepo(options, { tokens: 20, skip: 0 }).growth);
}

function panel(title: string, tree: RolloutTree): string {
  const { top1, top3 } = measureBranching([tree]);
  const figures = `branches on the first root ${percent(top1)}, on the top three ${percent(top3)}`;
  const rows = new Map(pathsInOrder(tree).map((path, row) => [path.id, TOP + row * ROW]));
  const middle = TOP + (tree.paths.length - 1) * ROW * 0.5;
  const shapes = tree.paths.map((path) => drawPath(tree, path, rows, middle));
  return [
    `<text x="24" y="28" font-size="15" font-weight="600" fill="#1c2330">${title}</text>`,
    `<text x="24" y="48" fill="#5b6472">${figures}</text>`,
    ...shapes.map(({ lines }) => lines),
    ...shapes.map(({ marks }) => marks),
    `<circle cx="${LEFT - 14}" cy="${middle}" r="6" fill="#1c2330"/>`,
  ].join("\n");
}

/** Every root followed by its forks, a fork beside the path it left; later forks nearer, so that no lines cross. */
function pathsInOrder(tree: RolloutTree): Path[] {
  const forksOf = (parent: Path): Path[] =>
    tree.paths
      .filter(({ origin }) => origin.kind === "fork" && origin.from === parent.id)
      .reverse()
      .flatMap((fork) => [fork, ...forksOf(fork)]);
  return tree.paths.filter(({ origin }) => origin.kind === "root").flatMap((root) => [root, ...forksOf(root)]);
}

function drawPath(
  tree: RolloutTree,
  path: Path,
  rows: ReadonlyMap<number, number>,
  middle: number,
): { lines: string; marks: string } {
  const y = rows.get(path.id) ?? 0;
  const nodes = ownNodes(tree, path);
  const depth = walk(tree, path.leaf).length - nodes.length;
  const x = (i: number): number => LEFT + (depth + i + 1) * STEP;
  const { origin } = path;
  const start =
    origin.kind === "root"
      ? { x: LEFT - 14, y: middle, color: SHARED_LINE }
      : { x: LEFT + depth * STEP, y: rows.get(origin.from) ?? 0, color: BRANCH_LINE };
  const bend = (start.x + x(0)) / 2;
  return {
    lines: [
      `<path d="M${start.x} ${start.y}C${bend} ${start.y} ${bend} ${y} ${x(0)} ${y}" fill="none" stroke="${start.color}" stroke-width="1.5"/>`,
      `<path d="M${x(0)} ${y}H${x(nodes.length - 1)}" stroke="${SHARED_LINE}" stroke-width="1.5"/>`,
    ].join(""),
    marks: nodes.map((node, i) => mark(tree, node.id, x(i), y)).join(""),
  };
}

function mark(tree: RolloutTree, node: number, x: number, y: number): string {
  const decision = tree.decisions.find((made) => made.node === node);
  if (decision === undefined) return answer(x, y);
  if (decision.entropy < UNSURE_NATS) return sure(x, y);
  if (decision.forks > 0) return branched(x, y);
  return decision.wantedAtZero && !decision.wanted ? denied(x, y) : spent(x, y);
}

const answer = (x: number, y: number): string =>
  `<rect x="${x - 4}" y="${y - 4}" width="8" height="8" rx="1.5" fill="#5b6472"/>`;
const sure = (x: number, y: number): string => `<circle cx="${x}" cy="${y}" r="4" fill="#9ec5e8"/>`;
const branched = (x: number, y: number): string => `<circle cx="${x}" cy="${y}" r="6" fill="${BRANCH_LINE}"/>`;
const denied = (x: number, y: number): string =>
  `<circle cx="${x}" cy="${y}" r="5.5" fill="#ffffff" stroke="${BRANCH_LINE}" stroke-width="1.5"/><path d="M${x - 2.5} ${y - 2.5}l5 5m0 -5l-5 5" stroke="${BRANCH_LINE}" stroke-width="1.5"/>`;
const spent = (x: number, y: number): string => `<circle cx="${x}" cy="${y}" r="5" fill="#f6b48f"/>`;

function legend(y: number): string {
  const entries: [(x: number, y: number) => string, string][] = [
    [branched, "unsure after a tool result, branched"],
    [denied, "denied by the penalty"],
    [spent, "unsure, budget spent"],
    [sure, "sure"],
    [answer, "answer"],
  ];
  let x = 30;
  return entries
    .map(([shape, label]) => {
      const drawn = `${shape(x, y)}<text x="${x + 12}" y="${y + 4}" font-size="12" fill="#5b6472">${label}</text>`;
      x += 44 + label.length * 6.2;
      return drawn;
    })
    .join("\n");
}

const percent = (share: number | null): string => `${Math.round(100 * (share ?? 0))} %`;
