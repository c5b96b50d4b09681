/** What went wrong in an attempt, one class each: for figures by class, and to find the attempts in a report. */
import { SILENT_TURN } from "../envs/dialects/dialect.ts";
import type { Trajectory } from "./trajectory.ts";

export const ERROR_CLASSES = [
  "failed",
  "unjudged",
  "limit reached",
  "tool failure",
  "wrong format",
  "no answer",
  "wrong answer",
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** For readers of a report. */
export const ERROR_MEANINGS: Readonly<Record<ErrorClass, string>> = {
  failed: "the model server gave no usable reply: not counted as an attempt",
  unjudged: "the judge gave no verdict: not counted as an attempt",
  "limit reached": "turns, calls, tokens or time were used up before an answer",
  "tool failure": "the tools could not be had, or the answer is wrong after a last call that failed",
  "wrong format": "the turn is neither a valid call nor a valid answer",
  "no answer": "the path ended without an answer in it",
  "wrong answer": "an answer was given and is wrong",
};

/** Attempts that say nothing about the model: they enter no share. */
export function isScored(error: ErrorClass | null): boolean {
  return error !== "failed" && error !== "unjudged";
}

/** Null: the answer is right. */
export function errorClassOf({ end, why, reward, answer, turns }: Omit<Trajectory, "tokens">): ErrorClass | null {
  if (end === "failed" || end === "engine-failure") return "failed";
  if (end === "tool-failure") return "tool failure";
  if (end === "turn-limit" || end === "call-limit" || end === "token-limit" || end === "time-limit") {
    return "limit reached";
  }
  if (end === "invalid") return why === SILENT_TURN ? "no answer" : "wrong format";
  if (answer === null || answer.trim() === "") return "no answer";
  if (reward === null || reward.failed !== undefined) return "unjudged";
  if (reward.correct) return null;
  if (!reward.formatOk) return "wrong format";
  const last = turns.findLast(({ result }) => result !== null)?.result ?? null;
  return last !== null && last.failed !== null ? "tool failure" : "wrong answer";
}
