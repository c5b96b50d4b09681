/**
 * The reward of a path that has ended: at once, or later. One that throws, rejects or is no reward leaves a path that could
 * not be judged: recorded data, never a crash, and never a 0 that somebody trains on.
 */
import type { AnyTask, Question, Reward, Transcript } from "../envs/task.ts";
import { messageOf } from "../std/errors.ts";
import type { RolloutTree } from "./tree.ts";

/** Never throws, never rejects. */
export function gradePath(task: AnyTask, question: Question, transcript: Transcript): Reward | Promise<Reward> {
  try {
    const reward: unknown = task.reward(question, transcript);
    return isThenable(reward) ? Promise.resolve(reward).then(checked, unjudged) : checked(reward);
  } catch (thrown) {
    return unjudged(thrown);
  }
}

/** Whether every path of a group has a reward: a group that lacks one is not compared within. */
export function isJudged({ paths }: Pick<RolloutTree, "paths">): boolean {
  return paths.every(({ reward }) => reward.failed === undefined);
}

/** Why paths could not be judged, each reason once. */
export function whyUnjudged(paths: readonly { readonly reward: Reward }[]): string[] {
  return [...new Set(paths.flatMap(({ reward }) => reward.failed ?? []))];
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** A reward of a user may return anything. */
function checked(reward: unknown): Reward {
  if (typeof reward !== "object" || reward === null || !("total" in reward)) {
    return unjudged(new Error(`the reward is ${reward === null ? "null" : typeof reward}, not { total, … }`));
  }
  if ("failed" in reward && reward.failed !== undefined) return reward as Reward;
  if (Number.isFinite(reward.total)) return reward as Reward;
  return unjudged(new Error(`the reward's total is ${String(reward.total)}, not a number`));
}

function unjudged(thrown: unknown): Reward {
  return { total: 0, formatOk: false, correct: false, parts: {}, failed: messageOf(thrown) };
}
