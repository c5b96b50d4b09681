/**
 * Rounds of a question (AEPO-R9) in the released code's count of consecutive branching: one count for all its paths, of the rounds
 * in a row that made a path, fill-ups included; whether entropy was high is not asked. (There, a round is counted only if some
 * question of the batch made a path in it; questions here grow on their own, and every round counts.)
 */
export class RoundCounter {
  private round = 0;
  private madePath = false;
  private consecutive = 0;

  /** l of the decisions of a round, which is not before any asked for earlier. */
  at(round: number): number {
    for (; this.round < round; this.round++) {
      this.consecutive = this.madePath ? this.consecutive + 1 : 0;
      this.madePath = false;
    }
    return this.consecutive;
  }

  /** The round that was asked for last has made a path. */
  branched(): void {
    this.madePath = true;
  }

  /** All paths have ended: a round of its own makes a fill-up. Returns the first round of the new path. */
  fillUp(): number {
    this.at(this.round + 1);
    this.madePath = true;
    return this.round + 1;
  }
}
