/** A path while it grows: where it stands, what it may still do. Everything that ends up in the tree is copied from here. */
import type { Transcript } from "../envs/task.ts";
import type { PathOrigin } from "./tree.ts";

export interface LivePath<State = unknown> {
  readonly id: number;
  readonly origin: PathOrigin;
  /** Id of its root path. */
  readonly root: number;
  /** Whether its tool steps are decided on. */
  readonly mayBranch: boolean;
  /** Node it stands at. */
  leaf: number;
  /** All tokens so far, prompt first. */
  ids: number[];
  state: State;
  /** Turns, results and calls so far, inherited ones included. */
  turns: string[];
  results: string[];
  calls: Transcript["calls"][number][];
  answer: string | null;
  /** H2 of the root's first step (AEPO-H3); a fork inherits it (AEPO-R2). */
  rootEntropy: number | null;
  /** l of AEPO-R3. */
  consecutive: number;
  /** Tool steps measured or inherited: the round of its next one (AEPO-R9). */
  rounds: number;
  readonly startedMs: number;
}

/** What is needed to fork a path at the end of a tool result, kept until the step is decided. */
export interface ForkPoint<State = unknown> {
  readonly node: number;
  /** Copies as of the end of the result. */
  readonly path: LivePath<State>;
  /** Null: the environment cannot give it again (AEPO-R8), or it will not be needed. */
  readonly state: (() => Promise<State>) | null;
}

/** A copy of a path as it is now, under a new identity. */
export function copyPath<State>(
  path: LivePath<State>,
  identity: Pick<LivePath<State>, "id" | "origin" | "rounds" | "consecutive" | "startedMs"> & { state: State },
): LivePath<State> {
  return {
    ...path,
    ids: [...path.ids],
    turns: [...path.turns],
    results: [...path.results],
    calls: [...path.calls],
    ...identity,
  };
}

export function transcriptOf(path: LivePath): Transcript {
  return { turns: path.turns, results: path.results, calls: path.calls, answer: path.answer };
}
