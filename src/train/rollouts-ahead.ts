/**
 * The rollouts of the next step, under way while this one trains. They are of a snapshot: the weights may change under them. One
 * step ahead and no more; what is under way when a run ends or goes back is stopped.
 */
import type { FrozenPolicy } from "../policy/policy.ts";
import type { RunState } from "../run/checkpoint.ts";
import type { AskedQuestions } from "./asked-questions.ts";
import type { DrawnGroups } from "./draw-groups.ts";

export interface RolledOut {
  readonly asked: AskedQuestions;
  readonly drawn: DrawnGroups;
}

interface Ahead {
  readonly step: number;
  readonly work: Promise<RolledOut>;
  stop(): Promise<void>;
}

export class RolloutsAhead {
  private readonly snapshot: () => Promise<FrozenPolicy>;
  private readonly rollOut: (policy: FrozenPolicy, state: RunState, signal: AbortSignal) => Promise<RolledOut>;
  private ahead: Ahead | null = null;

  constructor(
    snapshot: () => Promise<FrozenPolicy>,
    rollOut: (policy: FrozenPolicy, state: RunState, signal: AbortSignal) => Promise<RolledOut>,
  ) {
    this.snapshot = snapshot;
    this.rollOut = rollOut;
  }

  /** Rolls out the step after `state` with the weights as they are now. Resolves when those are safe from changes. */
  async begin(state: RunState): Promise<void> {
    const frozen = await this.snapshot();
    const stopped = new AbortController();
    const work = this.rollOut(frozen, state, stopped.signal).finally(() => frozen.dispose());
    // Told where it is taken.
    work.catch(() => {});
    this.ahead = {
      step: state.step,
      work,
      async stop() {
        stopped.abort(new Error("the rollouts ahead are not wanted any more"));
        await work.catch(() => {});
      },
    };
  }

  /** What was rolled out for the step after `state`; null if nothing was. */
  async take(state: RunState): Promise<RolledOut | null> {
    const { ahead } = this;
    if (ahead === null) return null;
    if (ahead.step === state.step) {
      this.ahead = null;
      return ahead.work;
    }
    await this.cancel();
    return null;
  }

  /** Until what is under way is done: a checkpoint is then followed by rollouts that are all kept. */
  async settle(): Promise<void> {
    await this.ahead?.work;
  }

  async cancel(): Promise<void> {
    const { ahead } = this;
    this.ahead = null;
    await ahead?.stop();
  }
}
