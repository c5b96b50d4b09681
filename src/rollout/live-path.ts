/** A path while it grows: where it stands, what it may still do. Everything that ends up in the tree is copied from here. */
import type { Transcript } from "../envs/task.ts";
import type { KeptState } from "./environment-state.ts";
import type { PathOrigin } from "./tree.ts";
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
  readonly ids: number[];
  state: unknown;
  /** Turns, results and calls so far, inherited ones included. */
  readonly turns: string[];
  readonly results: string[];
  readonly calls: Transcript["calls"][number][];
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
  readonly path: LivePath;
  /** Null: no branch could be paid for, so nothing was kept. */
  readonly kept: KeptState | null;
}

/** A whole rollout from the question; its state is set when the environment is built. */
export function newRoot(
  id: number,
  role: "probe" | "global" | "fill",
  { promptIds, name, mayBranch }: { promptIds: readonly number[]; name: PathName; mayBranch: boolean },
): LivePath {
  return {
    id,
    name,
    origin: { kind: "root", role },
    root: id,
    mayBranch,
    leaf: 0,
    ids: [...promptIds],
    state: undefined,
    turns: [],
    results: [],
    calls: [],
    answer: null,
    rootEntropy: null,
    consecutive: 0,
    rounds: 0,
    received: null,
    startedMs: 0,
  };
}

/** A copy of a path as it is now: nothing that the path does later reaches it. The state is the caller's business. */
export function copyPath(path: LivePath): LivePath {
  return {
    ...path,
    ids: [...path.ids],
    turns: [...path.turns],
    results: [...path.results],
    calls: [...path.calls],
  };
}

export function transcriptOf(path: LivePath): Transcript {
  return { turns: path.turns, results: path.results, calls: path.calls, answer: path.answer };
}
