/**
 * Made-up but consistent trees for tests and for looking at the report: k paths, forks with their decisions, one token a
 * word as in atlas. The same seed gives the same tree.
 */
import type { Decision, Path, PathOrigin, RolloutTree, ToolResult, TreeNode } from "../../rollout/tree.ts";
import type { RolloutRecord } from "../../run/records.ts";
import { type RandomStream, randomStream } from "../../std/random.ts";

const NAMES = ["Vor", "Tal", "Kel", "Dor", "Zan", "Mir", "Pol", "Ren", "Ash", "Bel"] as const;
const RELATIONS = ["mentor", "birthplace", "mayor", "employer", "river", "instrument"] as const;

export interface SampleTreeOptions {
  readonly seed: number;
  readonly groupSize?: number;
  readonly globalRollouts?: number;
  /** Chance that a path ends right. */
  readonly skill?: number;
}

export function sampleTree({ seed, groupSize = 12, globalRollouts = 6, skill = 0.5 }: SampleTreeOptions): RolloutTree {
  const random = randomStream(seed, "sample-tree");
  const name = (): string => `${random.pick(NAMES)} ${random.pick(NAMES)}`;
  const person = name();
  const answer = name();
  const grown: Grown = {
    random,
    name,
    answer,
    skill,
    nodes: [],
    paths: [],
    decisions: [],
    budget: groupSize - globalRollouts,
  };
  const prompt = `<q> ${person} 's mentor 's birthplace ? </q>`;
  grown.nodes.push({ id: 0, parent: null, turn: null, result: null });
  for (let i = 0; i < globalRollouts; i++)
    grow(grown, { kind: "root", role: i === 0 ? "probe" : "global" }, 0, i, 0, 0);
  while (grown.paths.length < groupSize) grow(grown, { kind: "root", role: "fill" }, 0, grown.paths.length, 0, 0);
  const { nodes, paths, decisions } = grown;
  const calls = nodes.filter(({ result }) => result !== null).length;
  return {
    task: "atlas",
    question: { id: `train-${seed}`, prompt, answers: [answer] },
    promptIds: prompt.split(" ").map((_, i) => i),
    nodes,
    paths: [...paths].sort((a, b) => a.id - b.id),
    decisions,
    budget: {
      rootEntropy: 0.021,
      toolEntropy: 0.166,
      toolSteps: 3,
      groupSize,
      globalRollouts,
    },
    ledger: {
      generated: nodes.reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0),
      shared: 96,
      toolCalls: calls,
      toolCallsSaved: 7,
    },
  };
}

interface Grown {
  readonly random: RandomStream;
  readonly name: () => string;
  readonly answer: string;
  readonly skill: number;
  readonly nodes: TreeNode[];
  readonly paths: Path[];
  readonly decisions: Decision[];
  budget: number;
}

/** One path from `parent` on, and the forks it makes. */
function grow(grown: Grown, origin: PathOrigin, parent: number, root: number, turn: number, consecutive: number): void {
  const { random, paths } = grown;
  const id = paths.length;
  // The id is taken before forks are made; the leaf is not known yet.
  paths.push({
    id,
    origin,
    root: origin.kind === "root" ? id : root,
    leaf: parent,
    end: "answer",
    reward: reward(false, true),
  });
  const forks: { at: number; turn: number; consecutive: number }[] = [];
  let at = parent;
  let run = consecutive;
  const turns = 2 + random.integer(3);
  for (let step = turn; step < turns; step++) {
    at = addCall(grown, at);
    const mayBranch = origin.kind === "fork" || origin.role === "global";
    const decision = decide(grown, at, id, step, run, mayBranch);
    grown.decisions.push(decision);
    if (decision.forks > 0) {
      grown.budget--;
      forks.push({ at, turn: step + 1, consecutive: run + 1 });
    }
    run = decision.forks > 0 ? run + 1 : 0;
  }
  const right = random.uniform() < grown.skill;
  const cut = !right && random.uniform() < 0.15;
  const said = right ? grown.answer : grown.name();
  const text = cut
    ? "<think> river missing ; find river missing"
    : `<think> birthplace is ${said} ; done </think> <answer> ${said} </answer>`;
  at = addNode(grown, at, text, null);
  paths[id] = {
    id,
    origin,
    root: paths[id]?.root ?? id,
    leaf: at,
    end: cut ? "token-limit" : "answer",
    reward: reward(right, !cut),
  };
  for (const fork of forks)
    grow(grown, { kind: "fork", from: id, at: fork.at }, fork.at, paths[id]?.root ?? id, fork.turn, fork.consecutive);
}

function decide(
  grown: Grown,
  node: number,
  path: number,
  turn: number,
  consecutive: number,
  mayBranch: boolean,
): Decision {
  const rootEntropy = 0.02;
  const entropy = Math.max(0, 0.15 + 0.12 * grown.random.normal());
  const deltaEntropy = entropy - rootEntropy;
  const probabilityAtZero = Math.min(1, Math.max(0, 0.5 + 0.2 * deltaEntropy));
  const probability = probabilityAtZero * (1 - Math.min(1, 0.05 * consecutive));
  const wanted = probability > 0.5 && mayBranch;
  const forks = wanted && grown.budget > 0 ? 1 : 0;
  return {
    node,
    path,
    tool: grown.nodes[node]?.result?.tool ?? "search",
    turn,
    entropy,
    rootEntropy,
    deltaEntropy,
    consecutive,
    probability,
    probabilityAtZero,
    comparedWith: 0.5,
    wanted,
    wantedAtZero: probabilityAtZero > 0.5 && mayBranch,
    forks,
    budgetLeft: grown.budget,
    blockedBy: forks > 0 ? null : wanted ? "budget" : "probability",
  };
}

function addNode(grown: Grown, parent: number, text: string, answered: ToolResult | null): number {
  const { random, nodes } = grown;
  const words = text.split(" ");
  const entropies = words.map((word) => (word.startsWith("<") ? 0.002 : Math.abs(random.normal()) ** 2 * 0.22));
  const logprobs = entropies.map((entropy) => -entropy * random.uniform() * 1.5);
  const id = nodes.length;
  const action = { kind: "answer", text } as const;
  nodes.push({
    id,
    parent,
    turn: { ids: words.map((_, i) => i), text, logprobs, entropies, action },
    result: answered,
  });
  return id;
}

function addCall(grown: Grown, parent: number): number {
  const { random, name } = grown;
  if (random.uniform() < 0.35) {
    const text = `<think> ${random.pick(RELATIONS)} missing </think> <open> more </open>`;
    return addNode(grown, parent, text, result(grown, "open", "more", name()));
  }
  const subject = name();
  const text = `<think> mentor is ${subject} ; find ${random.pick(RELATIONS)} </think> <search> ${subject} </search>`;
  return addNode(grown, parent, text, result(grown, "search", subject, subject));
}

function result({ random, name }: Grown, tool: string, input: string, subject: string): ToolResult {
  const failed = random.uniform() < 0.12;
  const body = failed
    ? "timeout"
    : `${subject} : ${random.pick(RELATIONS)} ${name()} ${random.pick(RELATIONS)} ${name()} more`;
  const text = `<result> ${body} </result>`;
  return {
    tool,
    input,
    text,
    ids: text.split(" ").map((_, i) => i),
    failed: failed ? "timeout" : null,
  };
}

function reward(right: boolean, formatOk: boolean): Path["reward"] {
  return {
    total: formatOk ? (right ? 1.1 : 0) : -1,
    formatOk,
    correct: right,
    parts: right ? { accuracy: 1, multiTool: 0.1 } : { accuracy: 0 },
  };
}

/** The tree with group-centred advantages and factors, as if it had been trained. */
export function sampleRollout(step: number, tree: RolloutTree): RolloutRecord {
  const random = randomStream(step, "sample-credit");
  const mean = tree.paths.reduce((sum, path) => sum + path.reward.total, 0) / tree.paths.length;
  const byId = new Map(tree.nodes.map((node) => [node.id, node]));
  const length = (leaf: number): number => {
    let sum = 0;
    for (let node = byId.get(leaf); node !== undefined && node.parent !== null; node = byId.get(node.parent))
      sum += node.turn?.ids.length ?? 0;
    return sum;
  };
  const credit = tree.paths.map((path) => {
    const factors = Array.from({ length: length(path.leaf) }, () => Math.max(0, 1 + 0.2 * random.normal()));
    return {
      path: path.id,
      factors,
      advantages: factors.map((factor) => factor * (path.reward.total - mean)),
    };
  });
  return { step, tree, credit };
}
