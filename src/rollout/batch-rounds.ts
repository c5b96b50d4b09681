/**
 * Rounds of all questions of a batch, where the released code's counts hang together: a round in which no question made a path is
 * not counted, so that it resets nobody's count. A question's round is so decided when all of the batch have come that far; paths
 * go on meanwhile.
 */
export class BatchRounds {
  private readonly questions: { made: ReadonlySet<number>; known: number }[];

  constructor(questions: number) {
    this.questions = Array.from({ length: questions }, () => ({ made: new Set(), known: 0 }));
  }

  /** A question's rounds that made a path, of which all before `known` are known (Infinity: it makes none any more). */
  tell(question: number, made: ReadonlySet<number>, known: number): void {
    this.questions[question] = { made, known };
  }

  /** Whether of all questions all rounds before this one are known. */
  knowsBefore(round: number): boolean {
    return this.questions.every(({ known }) => known >= round);
  }

  /** Whether some question made a path in the round. */
  counts(round: number): boolean {
    return this.questions.some(({ made }) => made.has(round));
  }
}
