/**
 * Rounds of a question (AEPO-R9) in the released code's count of consecutive branching: one count for all its paths, of the rounds
 * in a row that made a path, fill-ups included; whether entropy was high is not asked.
 */
import type { RolloutTree } from "./tree.ts";

export class RoundCounter {
  /** Whether a round is counted at all (`batch-rounds.ts`). */
  private readonly counts: (round: number) => boolean;
  private readonly made = new Set<number>();
  /** The last round that was decided on or made a fill-up. */
  private last = -1;

  constructor(counts: (round: number) => boolean = () => true) {
    this.counts = counts;
  }

  /** Rounds that made a path. */
  get rounds(): ReadonlySet<number> {
    return this.made;
  }

  /** l of the decisions of a round, which is not before any asked for earlier. */
  at(round: number): number {
    this.last = round;
    let consecutive = 0;
    for (let before = 0; before < round; before++) {
      if (this.counts(before)) consecutive = this.made.has(before) ? consecutive + 1 : 0;
    }
    return consecutive;
  }

  /** The round that was asked for last has made a path. */
  branched(): void {
    this.made.add(this.last);
  }

  /** All paths have ended: a round of its own makes a fill-up. Returns the first round of the new path. */
  fillUp(): number {
    this.last++;
    this.made.add(this.last);
    return this.last + 1;
  }
}

/** The same of a tree that has grown before: the rounds that made a path. */
export function roundsOf({ decisions, paths }: Pick<RolloutTree, "decisions" | "paths">): ReadonlySet<number> {
  const made = new Set(decisions.filter(({ forks }) => forks > 0).map(({ turn }) => turn));
  let last = -1;
  for (const { id, origin } of paths) {
    const decided = decisions.filter(({ path }) => path < id).map(({ turn }) => turn);
    last = Math.max(last, ...decided);
    if (origin.kind === "root" && origin.role === "fill") made.add(++last);
  }
  return made;
}
