/**
 * AEPO-R8: the state of an environment at the start of a path and at the end of a tool result. It is forked by the
 * environment, or made again by replaying the recorded calls; where neither works, the step does not branch.
 */
import type { Transcript } from "../envs/task.ts";
import { messageOf } from "../std/errors.ts";
import { StopRun } from "../tools/stop-run.ts";
import { replayPlace } from "./call-place.ts";
import { callTool } from "./call-tool.ts";
import type { QuestionContext } from "./growth-context.ts";
import type { PathName } from "./wall-time.ts";

/** How a state can be had again, as often as wanted, or why it cannot. */
export type KeptState = { readonly restore: () => Promise<RestoredState> } | { readonly unavailable: string };

export interface RestoredState {
  readonly state: unknown;
  /** Calls made again for it. */
  readonly replayed: number;
}

/** What of a path its state depends on: where it is, and the calls that brought it there. */
export interface StateHistory {
  /** Of the path, in the places of calls. */
  readonly name: PathName;
  readonly state: unknown;
  readonly calls: Transcript["calls"];
  readonly results: readonly string[];
}

/** The state a path starts from, or why the environment could not be built. Never rejects. */
export async function initialState({
  task,
  question,
}: QuestionContext): Promise<{ readonly state: unknown } | { readonly failed: string }> {
  try {
    return { state: await task.environment.initial(question) };
  } catch (thrown) {
    return { failed: messageOf(thrown) };
  }
}

/** Keeps the state of a path as it is now. Never rejects. */
export async function keepState(context: QuestionContext, path: StateHistory): Promise<KeptState> {
  const { environment, name } = context.task;
  const { name: owner, calls, results } = path;
  if (environment.fork !== undefined) {
    const fork = environment.fork.bind(environment);
    try {
      const saved: unknown = await fork(path.state);
      return { restore: async () => ({ state: await fork(saved), replayed: 0 }) };
    } catch (thrown) {
      return { unavailable: `task ${name}: the environment could not be forked: ${messageOf(thrown)}` };
    }
  }
  if (environment.replayable !== true) {
    return { unavailable: `task ${name}: the environment has neither fork nor replayable calls: it is never branched` };
  }
  return { restore: () => replay(context, { name: owner, calls, results }) };
}

/** `count` states of their own, or why there are none. Rejects with a `StopRun` only. */
export async function restoreStates(
  kept: KeptState,
  count: number,
): Promise<readonly RestoredState[] | { readonly unavailable: string }> {
  if ("unavailable" in kept) return kept;
  try {
    return await Promise.all(Array.from({ length: count }, kept.restore));
  } catch (thrown) {
    if (thrown instanceof StopRun) throw thrown;
    return { unavailable: messageOf(thrown) };
  }
}

/** A failed call left the state as it was: it is not made again. A call that now says something else is no replay. */
async function replay(
  context: QuestionContext,
  { name, calls, results }: Omit<StateHistory, "state">,
): Promise<RestoredState> {
  const { task, question, toolTimeoutMs, calls: open } = context;
  let state: unknown = await task.environment.initial(question);
  let replayed = 0;
  for (const [call, { tool, input, failed }] of calls.entries()) {
    if (failed) continue;
    const place = replayPlace(context, name, calls.slice(0, call));
    const outcome = await callTool(task.tools, { tool, input, call, state, place }, toolTimeoutMs, open);
    replayed++;
    if (outcome.text !== results[call]) {
      throw new Error(`task ${task.name}: a replayed call of ${tool} gave another result: it is not branched there`);
    }
    state = outcome.state;
  }
  return { state, replayed };
}
