/** Wall time of a path (AEPO-R6, R10): kept by the clock, or by the record of a tree that is grown again. */
import type { QuestionContext } from "./growth-context.ts";
import type { LivePath } from "./live-path.ts";

/** Whether a path is cut before its next turn: by the clock, or where the record has it. */
export function isOutOfTime(
  { recorded, clock, pathTimeMs }: Pick<QuestionContext, "recorded" | "clock" | "pathTimeMs">,
  path: Pick<LivePath, "name" | "startedMs" | "turns">,
): boolean {
  if (recorded === null) return clock.nowMs() - path.startedMs > pathTimeMs;
  return recorded.cuts.some(({ path: name, turns }) => name === path.name && turns === path.turns.length);
}
