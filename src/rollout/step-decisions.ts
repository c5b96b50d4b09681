/**
 * AEPO-R2, R3, R4: tool steps of one question as they are measured, queued in order (AEPO-R9) and decided. What forks do is
 * not its business.
 */
import { randomStream } from "../std/random.ts";
import { decide, withoutState } from "./decide.ts";
import type { Departures } from "./departures.ts";
import { DecisionQueue, type PendingStep } from "./decision-queue.ts";
import { turnEntropy } from "./entropy.ts";
import { type RestoredState, restoreStates } from "./environment-state.ts";
import type { QuestionContext } from "./growth-context.ts";
import type { ForkPoint, LivePath } from "./live-path.ts";
import { RoundCounter } from "./round-counter.ts";
import type { Budget, PolicyTurn } from "./tree.ts";
import type { TreeRecord } from "./tree-record.ts";

export class StepDecisions {
  private readonly context: QuestionContext;
  private readonly record: TreeRecord;
  private readonly queue: DecisionQueue;
  private readonly departures: Departures;
  private readonly rounds: RoundCounter;

  constructor(context: QuestionContext, record: TreeRecord) {
    this.context = context;
    this.record = record;
    const { batchRounds } = context;
    const isCounted = (round: number): boolean =>
      this.departures.counter !== "batch" || batchRounds === null || batchRounds.counts(round);
    this.queue = new DecisionQueue(context.rules.order, (round) => batchRounds?.knowsBefore(round) ?? true);
    this.rounds = new RoundCounter(isCounted);
    this.departures = context.rules.departures ?? {};
  }

  /** Whether a step has not been decided: it waits for a live path, or for other questions. */
  get waiting(): boolean {
    return this.queue.earliest < Number.POSITIVE_INFINITY;
  }

  /** Whether a step may be decided now. */
  isDue(live: Iterable<LivePath>): boolean {
    return this.queue.due(live) !== null;
  }

  /** Tells the batch how far the question has come: no round before its earliest open one makes a path any more. */
  tellBatch(budget: Budget | null, live: Iterable<LivePath>, full: boolean): void {
    const { batchRounds, index } = this.context;
    if (batchRounds === null || budget === null) return;
    const open = [...live].filter(({ mayBranch }) => mayBranch).map(({ rounds }) => rounds);
    const known = full ? Number.POSITIVE_INFINITY : Math.min(this.queue.earliest, ...open);
    batchRounds.tell(index, { roots: budget.globalRollouts, rounds: this.rounds.made }, known);
  }

  /** A path starts: a fork inherits its root's H_root, if there is one yet; not where H_root is that of its place or its own. */
  opened(path: LivePath): void {
    if (this.departures.placeBaselines === true) path.rootEntropy = null;
  }

  /** A fill-up that may branch: its rounds go on from those before. */
  openedFill(path: LivePath): void {
    path.rounds = this.rounds.fillUp();
  }

  /** AEPO-R2: the step that follows a result is measured when its turn is there; one without a token is no step. */
  turnWritten(path: LivePath, turn: PolicyTurn, point: ForkPoint | null): void {
    const entropy = turnEntropy(turn, this.context.rules);
    if (entropy === null) return;
    path.rootEntropy ??= entropy;
    if (point !== null && this.departures.beforeCall !== true) this.measured(path, point, entropy);
  }

  /** `Departures.beforeCall`: the step is the turn that made the call. */
  resultReceived(path: LivePath, point: ForkPoint): void {
    const { turn } = this.record.node(point.node);
    const entropy = turn === null ? null : turnEntropy(turn, this.context.rules);
    if (entropy !== null && this.departures.beforeCall === true) this.measured(path, point, entropy);
  }

  /** Takes the next step that is due, or null. */
  next(live: Iterable<LivePath>): PendingStep | null {
    return this.queue.take(live);
  }

  /**
   * AEPO-R3, R4, R8: one decision, recorded with its reason; l becomes l + 1 where it branches and 0 where it does not. A state
   * of its own for every fork to make.
   */
  async decide({ path, point, step: measured }: PendingStep, budgetLeft: number): Promise<readonly RestoredState[]> {
    const step = { ...measured, rootEntropy: this.placeBaseline(path) ?? measured.rootEntropy };
    const ofQuestion = this.rounds.at(step.turn);
    const { rules, entropyDivisor, seed, name, step: trainingStep, streamName } = this.context;
    const { kept } = point;
    const first = decide(rules, step, {
      consecutive: this.departures.counter === undefined ? path.consecutive : ofQuestion,
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
    if (decision.forks > 0) this.rounds.branched(decision.forks);
    return states;
  }

  /** `Departures.placeBaselines`: what first stood at the path's place; null if nothing did. */
  private placeBaseline(path: LivePath): number | null {
    const { batchRounds, placeBaselines, index } = this.context;
    if (this.departures.placeBaselines !== true || batchRounds === null) return null;
    return placeBaselines[batchRounds.placeOf(index, path.id)] ?? null;
  }

  private measured(path: LivePath, point: ForkPoint, entropy: number): void {
    const turn = path.rounds++;
    if (!path.mayBranch) return;
    const tool = this.record.node(point.node).result?.tool ?? "";
    const rootEntropy = path.rootEntropy ?? entropy;
    this.queue.add({ path, point, step: { node: point.node, path: path.id, tool, turn, entropy, rootEntropy } });
  }
}
