/**
 * A path while it grows: where it stands, what it may still do. Its fields are replaced, their values never changed, so
 * that a shallow copy is the path as it was (a fork starts from one).
 */
import type { Transcript } from "../envs/task.ts";
import type { CallOutcome, ToolCall } from "./call-tool.ts";
import type { KeptState } from "./environment-state.ts";
import type { PathOrigin, PolicyTurn, ToolResult } from "./tree.ts";
import type { PathName } from "./wall-time.ts";

export interface LivePath {
  readonly id: number;
  /** Its name in random streams and in the record of wall time. */
  readonly name: PathName;
  readonly origin: PathOrigin;
  /** Id of its root path. */
  readonly root: number;
  /** Whether its tool steps are decided on. */
  readonly mayBranch: boolean;
  /** Node it stands at. */
  leaf: number;
  /** All tokens so far, prompt first. */
  ids: readonly number[];
  state: unknown;
  /** Turns, results and calls so far, inherited ones included. */
  turns: readonly string[];
  results: readonly string[];
  calls: Transcript["calls"];
  /** Milliseconds that they took. */
  callsMs: number;
  answer: string | null;
  /** H2 of the root's first step, nats (AEPO-H3); a fork inherits it (AEPO-R2). */
  rootEntropy: number | null;
  /** l of AEPO-R3. */
  consecutive: number;
  /** Tool steps measured or inherited: the round of its next one (AEPO-R9). */
  rounds: number;
  /** The result it has received and not yet written on: it becomes a step when the next turn is there. */
  received: ForkPoint | null;
  startedMs: number;
}

/** What is needed to fork a path at the end of a tool result, kept until the step is decided. */
export interface ForkPoint {
  readonly node: number;
  /** The path as it was at the end of the result. */
  readonly path: Readonly<LivePath>;
  /** Null: no branch could be paid for, so nothing was kept. */
  readonly kept: KeptState | null;
}

export type RootRole = "probe" | "global" | "fill";

/** A whole rollout from the question; its state is set when the environment is built. Only `global` ones branch, unless told. */
export function newRoot(
  id: number,
  role: RootRole,
  name: PathName,
  promptIds: readonly number[],
  mayBranch = role === "global",
): LivePath {
  return {
    id,
    name,
    origin: { kind: "root", role },
    root: id,
    mayBranch,
    leaf: 0,
    ids: promptIds,
    state: undefined,
    turns: [],
    results: [],
    calls: [],
    callsMs: 0,
    answer: null,
    rootEntropy: null,
    consecutive: 0,
    rounds: 0,
    received: null,
    startedMs: 0,
  };
}

/** AEPO-R4: a new path from the end of a result. It carries the l of its parent after the decision (AEPO-R3). */
export function newFork(id: number, parent: LivePath, { node, path }: ForkPoint, state: unknown): LivePath {
  return {
    ...path,
    id,
    name: id,
    origin: { kind: "fork", from: parent.id, at: node },
    consecutive: parent.consecutive,
    // The inherited step was decided by its parent: the fork's first decision is at its own next result.
    rounds: path.rounds + 1,
    received: null,
    state,
  };
}

/** B-TREE: a whole new path from the question, in the tree of `root`. */
export function newChain(id: number, root: number, promptIds: readonly number[]): LivePath {
  return { ...newRoot(id, "global", id, promptIds), origin: { kind: "fork", from: root, at: 0 }, root };
}

export function addTurn(path: LivePath, node: number, { ids, text, action }: PolicyTurn): void {
  path.leaf = node;
  path.ids = [...path.ids, ...ids];
  path.turns = [...path.turns, text];
  if (action.kind === "answer") path.answer = action.text;
}

export function addResult(path: LivePath, { tool, input }: ToolCall, outcome: CallOutcome, result: ToolResult): void {
  path.calls = [...path.calls, { tool, input, failed: outcome.failed !== null }];
  path.results = [...path.results, outcome.text];
  path.ids = [...path.ids, ...result.ids];
  path.state = outcome.state;
}

export function transcriptOf({ turns, results, calls, answer }: LivePath): Transcript {
  return { turns, results, calls, answer };
}
