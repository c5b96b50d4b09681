/**
 * Rounds of a question (AEPO-R9) in the released code's count of consecutive branching: one count for all its paths, of the rounds
 * in a row that made a path, fill-ups included; whether entropy was high is not asked.
 */
import type { MadeInRound } from "./made-paths.ts";

export class RoundCounter {
  /** Whether a round is counted at all (`batch-rounds.ts`). */
  private readonly counts: (round: number) => boolean;
  private readonly rounds = new Map<number, MadeInRound>();
  /** The last round that was decided on or made a fill-up. */
  private last = -1;

  constructor(counts: (round: number) => boolean = () => true) {
    this.counts = counts;
  }

  /** What rounds have made. */
  get made(): ReadonlyMap<number, MadeInRound> {
    return this.rounds;
  }

  /** l of the decisions of a round, which is not before any asked for earlier. */
  at(round: number): number {
    this.last = round;
    let consecutive = 0;
    for (let before = 0; before < round; before++) {
      if (this.counts(before)) consecutive = this.rounds.has(before) ? consecutive + 1 : 0;
    }
    return consecutive;
  }

  /** The round that was asked for last has made forks. */
  branched(forks: number): void {
    this.rounds.set(this.last, { forks: (this.rounds.get(this.last)?.forks ?? 0) + forks, fills: 0 });
  }

  /** All paths have ended: a round of its own makes a fill-up. Returns the first round of the new path. */
  fillUp(): number {
    this.last++;
    this.rounds.set(this.last, { forks: 0, fills: 1 });
    return this.last + 1;
  }
}
