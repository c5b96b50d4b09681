/**
 * Nouns of the rollout tree. Every token is stored once: a node is one segment (what the policy wrote in one turn plus the
 * tool result that followed), a path is a walk from the prompt to a leaf. Rewards and advantages belong to paths; tokens,
 * log-probabilities and entropies to nodes (AEPO-R7, AEPO-L6). Plain data: a tree is one line of JSON in the run folder.
 */
import type { Action, Reward } from "../envs/task.ts";

/** What the policy wrote in one turn; all arrays have one entry a token. */
export interface PolicyTurn {
  readonly ids: readonly number[];
  readonly text: string;
  readonly logprobs: readonly number[];
  /** Nats, of the distribution each token was drawn from (AEPO-H1). */
  readonly entropies: readonly number[];
  /** −Σ p ln p over the most likely tokens and the sampled one, nats; only where the rules measure by it. */
  readonly topEntropies?: readonly number[];
  readonly action: Action;
}

/** What a tool answered. A failed call is data: `failed` says why, `text` is what the policy was shown. */
export interface ToolResult {
  readonly tool: string;
  readonly input: string;
  /** As inserted, tags included. */
  readonly text: string;
  readonly ids: readonly number[];
  readonly failed: string | null;
  /** What the policy wrote was no call that could be made (`failed` says why); `tool` is "" if it named none. */
  readonly rejected?: true;
  /** Given up because of wall time: a run that is grown again takes it from here (AEPO-R10). */
  readonly timedOut?: true;
}

/** One segment. Node 0 is the prompt: `turn` null, its ids in `RolloutTree.promptIds`. */
export interface TreeNode {
  readonly id: number;
  readonly parent: number | null;
  readonly turn: PolicyTurn | null;
  readonly result: ToolResult | null;
  /** The task's key of the state that the turn started from, where a method asked for it. */
  readonly stateKey?: string;
}

/** Why a path ended (AEPO-R6). */
export type EndReason =
  | "answer"
  | "invalid"
  | "turn-limit"
  | "token-limit"
  | "call-limit"
  | "time-limit"
  | "tool-failure"
  | "engine-failure";

/** Where a path came from: a whole rollout from the question, or a fork at the end of a node's tool result. */
export type PathOrigin =
  | { readonly kind: "root"; readonly role: "probe" | "global" | "fill" }
  | { readonly kind: "fork"; readonly from: number; readonly at: number };

/** One trajectory; ids are in order of creation. */
export interface Path {
  readonly id: number;
  readonly origin: PathOrigin;
  /** Id of the root path this one descends from (itself for a root). */
  readonly root: number;
  readonly leaf: number;
  readonly end: EndReason;
  readonly reward: Reward;
}

/** One branch decision, taken once a tool result by the path that received it (AEPO-R4). */
export interface Decision {
  /** Node whose tool result was decided on. */
  readonly node: number;
  readonly path: number;
  readonly tool: string;
  /** Index of the tool step on its path, from 0. */
  readonly turn: number;
  /** H_step, nats (AEPO-H2), and H_root of the path (AEPO-H3). */
  readonly entropy: number;
  readonly rootEntropy: number;
  /** AEPO-R2, in units of `entropyScale` (AEPO-H5). */
  readonly deltaEntropy: number;
  /** l of AEPO-R3 before the decision. */
  readonly consecutive: number;
  /** P of AEPO-R3, and what it would have been at l = 0. */
  readonly probability: number;
  readonly probabilityAtZero: number;
  /** The threshold τ or the uniform draw it was compared with. */
  readonly comparedWith: number;
  /** Would branch by P alone; and at l = 0. */
  readonly wanted: boolean;
  readonly wantedAtZero: boolean;
  /** New paths made here: 0 when P, the budget or the state (AEPO-R8) said no. */
  readonly forks: number;
  /** Branch budget left before the decision. */
  readonly budgetLeft: number;
  readonly blockedBy: "probability" | "budget" | "state" | null;
}

/** What pre-monitoring found (AEPO-R1). */
export interface Budget {
  /** H_root and mean H_tool of the probe, nats; null without a probe. */
  readonly rootEntropy: number | null;
  readonly toolEntropy: number | null;
  /** Tool steps of the probe that entered the mean. */
  readonly toolSteps: number;
  /** k and m. */
  readonly groupSize: number;
  readonly globalRollouts: number;
}

/** Counts of one tree (AEPO-R7: prefix tokens count once). */
export interface TreeLedger {
  /** Policy tokens generated. */
  readonly generated: number;
  /** Policy tokens that forks did not have to generate again. */
  readonly shared: number;
  /** Calls made, those of a replay (AEPO-R8) included. */
  readonly toolCalls: number;
  /** Calls forks did not have to make again. */
  readonly toolCallsSaved: number;
}

/** A probe that was thrown away (AEPO-R1): its tokens were paid for, nothing else of it counts. */
export interface DiscardedProbe {
  readonly nodes: readonly TreeNode[];
  readonly end: EndReason;
}

/** The finished tree of one question: exactly k paths (AEPO-R6). A discarded probe is kept apart, for the ledger. */
export interface RolloutTree {
  readonly task: string;
  readonly question: { readonly id: string; readonly prompt: string; readonly answers: readonly string[] };
  readonly promptIds: readonly number[];
  readonly nodes: readonly TreeNode[];
  readonly paths: readonly Path[];
  readonly decisions: readonly Decision[];
  readonly budget: Budget;
  readonly ledger: TreeLedger;
  readonly discarded?: DiscardedProbe;
  /** What H_root was measured on where that is a generation of its own (`Departures.rootTokens`); only the ledger counts it. */
  readonly rootTurn?: PolicyTurn;
  /** What a reader of the run should know: a state that cannot be forked (AEPO-R8), an environment that failed. */
  readonly notes?: readonly string[];
}

/** Nodes from the first turn to `leaf`, in order (the prompt node left out). */
export function walk(tree: Pick<RolloutTree, "nodes">, leaf: number): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let node = tree.nodes[leaf]; node !== undefined && node.parent !== null; node = tree.nodes[node.parent]) {
    nodes.push(node);
  }
  return nodes.reverse();
}

/** Nodes that a path wrote itself, in order: what lies before the fork it came from is left out. */
export function ownNodes(
  tree: Pick<RolloutTree, "nodes">,
  { origin, leaf }: Pick<Path, "origin" | "leaf">,
): TreeNode[] {
  const nodes = walk(tree, leaf);
  return origin.kind === "root" ? nodes : nodes.slice(walk(tree, origin.at).length);
}

/** The notes of all trees, each once. */
export function notesOf(trees: readonly RolloutTree[]): string[] {
  return [...new Set(trees.flatMap(({ notes = [] }) => notes))];
}
