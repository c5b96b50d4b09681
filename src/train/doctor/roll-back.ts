/** Back to the last good checkpoint of a run; the journals are cut to it, later checkpoints go. */
import { join } from "node:path";
import type { Policy } from "../../policy/policy.ts";
import {
  type Checkpoint,
  dropCheckpointsAfter,
  listCheckpoints,
  openCheckpoint,
  type RunState,
} from "../../run/checkpoint.ts";
import { journal } from "../../run/journal.ts";
import { type RunLayout, stepOf } from "../../run/layout.ts";
import type { Recorder } from "../../run/recorder.ts";
import type { StepRecord } from "../../run/records.ts";
import { FALL, rewardOf } from "./window.ts";

interface RollBackInputs {
  readonly layout: RunLayout;
  readonly policy: Policy;
  readonly recorder: Recorder;
}

export async function rollBack(
  { layout, policy, recorder }: RollBackInputs,
  state: RunState,
): Promise<RunState | null> {
  const checkpoint = goodCheckpoint(layout.checkpoints, recorder.steps());
  if (checkpoint === null) return null;
  await policy.load(checkpoint.store);
  rewindJournals(layout, checkpoint.state);
  dropCheckpointsAfter(layout.checkpoints, checkpoint.state.step);
  const earlier = { ...checkpoint.state, rollbacks: state.rollbacks + 1, seconds: state.seconds, spent: state.spent };
  // Saved at once: a run that is killed now does not go the same way again.
  return recorder.checkpoint(earlier, policy);
}

/** The last one that still sampled well (a step's rollouts are of the checkpoint before it); where none is kept, the first there is. */
function goodCheckpoint(root: string, steps: readonly StepRecord[]): Checkpoint | null {
  const rewards = new Map(steps.map((record) => [record.step, rewardOf(record)]));
  const best = Math.max(...rewards.values());
  const isGood = (name: string): boolean => (rewards.get(stepOf(name) + 1) ?? -Infinity) >= best - FALL;
  const names = listCheckpoints(root);
  const good = names.findLast(isGood) ?? names[0];
  return good === undefined ? null : openCheckpoint(join(root, good));
}

export function rewindJournals(layout: RunLayout, { journals }: Pick<RunState, "journals">): void {
  journal(layout.metrics).rewind(journals.metrics);
  journal(layout.rollouts).rewind(journals.rollouts);
}
