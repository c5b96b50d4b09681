/**
 * Watches a run for the ways training dies and does what the recipe says: warn, stop, or roll back to the last checkpoint from
 * before what was found, with half the learning rate. Decided from the journal alone: a resumed run decides alike.
 */
import type { Recorder } from "../../run/recorder.ts";
import type { RunState } from "../../run/checkpoint.ts";
import { diagnose, type Finding } from "./diagnose.ts";
import { RunDied } from "./run-died.ts";

export type OnCollapse = "warn" | "stop" | "rollback";

export const MOST_ROLLBACKS = 3;

export interface DoctorInputs {
  readonly onCollapse: OnCollapse;
  readonly recorder: Recorder;
  /** Goes back; null if there is no checkpoint to go back to. */
  rollBack(state: RunState): Promise<RunState | null>;
}

/** The state to go on from. Throws RunDied if the run is to end. */
export async function examine({ onCollapse, recorder, rollBack }: DoctorInputs, state: RunState): Promise<RunState> {
  const history = recorder.steps();
  const known = new Set(diagnose(history.slice(0, -1)).map(({ cause }) => cause));
  const found = diagnose(history).filter(({ cause }) => !known.has(cause));
  const [first] = found;
  if (first === undefined) return state;
  for (const finding of found) recorder.warning(state.step, describe(finding));
  if (onCollapse === "warn") return state;
  if (onCollapse === "stop") throw ended(state, first, "train.onCollapse is stop");
  if (state.rollbacks >= MOST_ROLLBACKS) throw ended(state, first, `it was rolled back ${MOST_ROLLBACKS} times`);
  const earlier = await rollBack(state);
  if (earlier === null) throw ended(state, first, "there is no earlier checkpoint to go back to");
  recorder.warning(
    earlier.step,
    `rolled back from step ${state.step} to step ${earlier.step}, with ${rateScale(earlier)} of the learning rate, because of this: ${describe(first)}`,
  );
  return earlier;
}

/** Of the schedule's learning rate. */
export function rateScale({ rollbacks }: Pick<RunState, "rollbacks">): number {
  return 0.5 ** rollbacks;
}

function describe({ cause, message }: Finding): string {
  return `collapse (${cause}): ${message}`;
}

function ended({ step }: RunState, finding: Finding, why: string): RunDied {
  return new RunDied(`the run ended at step ${step}: ${why}, and training died`, {
    exists: describe(finding),
    fix: "start again with other settings, or go on from an earlier checkpoint (--resume RUN --checkpoint NAME)",
  });
}
