/**
 * AEPO-R2, R3, R4: tool steps of one question as they are measured, queued in order (AEPO-R9) and decided. What forks do is
 * not its business.
 */
import { randomStream } from "../std/random.ts";
import { decide, withoutState } from "./decide.ts";
import { DecisionQueue, type PendingStep } from "./decision-queue.ts";
import { stepEntropy } from "./entropy.ts";
import { type RestoredState, restoreStates } from "./environment-state.ts";
import type { QuestionContext } from "./growth-context.ts";
import type { ForkPoint, LivePath } from "./live-path.ts";
import type { PolicyTurn } from "./tree.ts";
import type { TreeRecord } from "./tree-record.ts";

export class StepDecisions {
  private readonly context: QuestionContext;
  private readonly record: TreeRecord;
  private readonly queue: DecisionQueue;

  constructor(context: QuestionContext, record: TreeRecord) {
    this.context = context;
    this.record = record;
    this.queue = new DecisionQueue(context.rules.order);
  }

  /** AEPO-R2: the step that follows a result is measured when its turn is there; one without a token is no step. */
  turnWritten(path: LivePath, turn: PolicyTurn, point: ForkPoint | null): void {
    const entropy = stepEntropy(turn.entropies, this.context.rules);
    if (entropy === null) return;
    path.rootEntropy ??= entropy;
    if (point === null) return;
    const round = path.rounds++;
    if (!path.mayBranch) return;
    const tool = this.record.node(point.node).result?.tool ?? "";
    const { rootEntropy } = path;
    this.queue.add({ path, point, step: { node: point.node, path: path.id, tool, turn: round, entropy, rootEntropy } });
  }

  /** Takes the next step that is due, or null. */
  next(live: Iterable<LivePath>): PendingStep | null {
    return this.queue.next(live);
  }

  /**
   * AEPO-R3, R4, R8: one decision, recorded with its reason; l becomes l + 1 where it branches and 0 where it does not. A state
   * of its own for every fork to make.
   */
  async decide({ path, point, step }: PendingStep, budgetLeft: number): Promise<readonly RestoredState[]> {
    const { rules, entropyDivisor, seed, name, step: trainingStep, streamName } = this.context;
    const { kept } = point;
    const first = decide(rules, step, {
      consecutive: path.consecutive,
      entropyDivisor,
      budgetLeft,
      forkable: kept !== null && "restore" in kept,
      draw: () => randomStream(seed, name, trainingStep, streamName, path.name, step.turn, "branch").uniform(),
    });
    const restored = kept === null ? [] : await restoreStates(kept, first.forks);
    const states: readonly RestoredState[] = "unavailable" in restored ? [] : restored;
    if ("unavailable" in restored) this.record.addNote(restored.unavailable);
    const decision = states.length < first.forks ? withoutState(first) : first;
    this.record.addDecision(decision);
    path.consecutive = decision.forks > 0 ? path.consecutive + 1 : 0;
    return states;
  }
}
