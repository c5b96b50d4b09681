/** What is wrong with a run, from its step records. */
import type { StepRecord } from "../../run/records.ts";
import { type Cause, CAUSES, DETECTORS } from "./detectors.ts";
import { comparison } from "./window.ts";

export interface Finding {
  readonly cause: Cause;
  /** A sentence with the numbers and what to do. */
  readonly message: string;
}

/** `history`: the records of all steps so far, in order. */
export function diagnose(history: readonly StepRecord[]): Finding[] {
  const compared = comparison(history);
  if (compared === null) return [];
  return CAUSES.flatMap((cause) => {
    const message = DETECTORS[cause](compared);
    return message === null ? [] : [{ cause, message }];
  });
}
