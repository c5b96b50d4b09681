/** Small hand-made trees: paths are lists of turns, a fork names the path and turn after whose result it leaves. */
import type { Decision, Path, PathOrigin, RolloutTree, TreeNode } from "../../rollout/tree.ts";

export interface PathSketch {
  readonly reward: number;
  /** Entropies of each turn's tokens, one list a turn; every turn but the last has a tool result of one token. */
  readonly turns: readonly (readonly number[])[];
  /** Leaves path `of` after its turn `after` (from 0): earlier turns are that path's. */
  readonly fork?: { readonly of: number; readonly after: number };
  readonly end?: Path["end"];
  readonly role?: "probe" | "global" | "fill";
  /** State keys of the turns it writes itself. */
  readonly stateKeys?: readonly string[];
}

export interface TreeSketch {
  readonly paths: readonly PathSketch[];
  readonly decisions?: readonly Partial<Decision>[];
  readonly m?: number;
}

const LOGPROB = -0.5;

export function buildTree({ paths: sketches, decisions = [], m = sketches.length }: TreeSketch): RolloutTree {
  const nodes: TreeNode[] = [{ id: 0, parent: null, turn: null, result: null }];
  const trails: number[][] = [];
  const paths = sketches.map((sketch, id): Path => {
    const trail = sketch.fork === undefined ? [] : (trails[sketch.fork.of] ?? []).slice(0, sketch.fork.after + 1);
    const origin: PathOrigin =
      sketch.fork === undefined
        ? { kind: "root", role: sketch.role ?? "global" }
        : { kind: "fork", from: sketch.fork.of, at: trail.at(-1) ?? 0 };
    for (const [i, entropies] of sketch.turns.entries()) {
      const stateKey = sketch.stateKeys?.[i];
      const written = node(nodes.length, trail.at(-1) ?? 0, entropies, i === sketch.turns.length - 1, id);
      nodes.push({ ...written, ...(stateKey === undefined ? {} : { stateKey }) });
      trail.push(nodes.length - 1);
    }
    trails.push(trail);
    const root = sketch.fork === undefined ? id : rootOf(sketches, sketch.fork.of);
    const reward = { total: sketch.reward, formatOk: true, correct: sketch.reward === 1, parts: {} };
    return { id, origin, root, leaf: trail.at(-1) ?? 0, end: sketch.end ?? "answer", reward };
  });
  const budget = { rootEntropy: null, toolEntropy: null, toolSteps: 0, groupSize: paths.length, globalRollouts: m };
  return {
    task: "sketch",
    question: { id: "train/0", prompt: "q", answers: ["a"] },
    promptIds: [1, 2],
    nodes,
    paths,
    decisions: decisions.map((decision) => ({ ...DECISION, ...decision })),
    budget,
    ledger: { generated: 0, shared: 0, toolCalls: 0, toolCallsSaved: 0 },
  };
}

const DECISION: Decision = {
  node: 1,
  path: 0,
  tool: "search",
  turn: 0,
  entropy: 0,
  rootEntropy: 0,
  deltaEntropy: 0,
  consecutive: 0,
  probability: 0.5,
  probabilityAtZero: 0.5,
  comparedWith: 0.5,
  wanted: false,
  wantedAtZero: false,
  forks: 0,
  budgetLeft: 1,
  blockedBy: "probability",
};

function node(id: number, parent: number, entropies: readonly number[], last: boolean, path: number): TreeNode {
  const ids = entropies.map((_, i) => 10 + i);
  const action = last
    ? ({ kind: "answer", text: `answer${path}` } as const)
    : ({ kind: "call", tool: "search", input: `x${id}` } as const);
  return {
    id,
    parent,
    turn: { ids, text: `turn ${id}`, logprobs: ids.map(() => LOGPROB), entropies, action },
    result: last ? null : { tool: "search", input: `x${id}`, text: "r", ids: [3], failed: null },
  };
}

function rootOf(sketches: readonly PathSketch[], id: number): number {
  const fork = sketches[id]?.fork;
  return fork === undefined ? id : rootOf(sketches, fork.of);
}
