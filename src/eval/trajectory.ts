/** One attempt at a question, as it is kept and read: what was written, what tools said, how it ended, what it cost. Plain data. */
import type { Reward } from "../envs/task.ts";
import type { EndReason } from "../rollout/tree.ts";

export interface Trajectory {
  readonly turns: readonly TrajectoryTurn[];
  /** The answer as the turn gives it; null if it gave none. */
  readonly answer: string | null;
  readonly end: EndReason | "failed";
  /** Of `failed`, why there is nothing to judge (a server that does not answer); of `invalid`, what is wrong with the turn. */
  readonly why?: string;
  /** Null where nothing was judged. */
  readonly reward: Reward | null;
  readonly tokens: TrajectoryTokens;
}

export interface TrajectoryTurn {
  readonly text: string;
  /** What followed it; null behind the last turn. */
  readonly result: TrajectoryResult | null;
}

export interface TrajectoryResult {
  readonly tool: string;
  readonly input: string;
  readonly text: string;
  /** Why the call failed; null: it did not. */
  readonly failed: string | null;
}

/** Null: not told by the server. */
export interface TrajectoryTokens {
  /** By the model. */
  readonly written: number | null;
  /** Of the whole path at its end: prompt, turns and results. */
  readonly path: number | null;
  /** Read and written in all requests, as a server bills them; null for a model in this process. */
  readonly billed: { readonly input: number; readonly output: number } | null;
}
