/** Back to the last checkpoint from before the steps that a finding was made from; the journals are cut to it, later checkpoints go. */
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
import { checkpointName, type RunLayout } from "../../run/layout.ts";
import type { Recorder } from "../../run/recorder.ts";
import { WINDOW } from "./window.ts";

interface RollBackInputs {
  readonly layout: RunLayout;
  readonly policy: Policy;
  readonly recorder: Recorder;
}

export async function rollBack(
  { layout, policy, recorder }: RollBackInputs,
  state: RunState,
): Promise<RunState | null> {
  const checkpoint = goodCheckpoint(layout.checkpoints, state.step);
  if (checkpoint === null) return null;
  await policy.load(checkpoint.store);
  rewindJournals(layout, checkpoint.state);
  dropCheckpointsAfter(layout.checkpoints, checkpoint.state.step);
  const earlier = { ...checkpoint.state, rollbacks: state.rollbacks + 1, seconds: state.seconds };
  // Saved at once: a run that is killed now does not go the same way again.
  return recorder.checkpoint(earlier, policy);
}

/** The last one before the window that died, or, where none is kept, the first there is. */
function goodCheckpoint(root: string, step: number): Checkpoint | null {
  const names = listCheckpoints(root).filter((name) => name < checkpointName(step));
  const good = names.findLast((name) => name <= checkpointName(Math.max(0, step - WINDOW))) ?? names[0];
  return good === undefined ? null : openCheckpoint(join(root, good));
}

export function rewindJournals(layout: RunLayout, { journals }: Pick<RunState, "journals">): void {
  journal(layout.metrics).rewind(journals.metrics);
  journal(layout.rollouts).rewind(journals.rollouts);
}
