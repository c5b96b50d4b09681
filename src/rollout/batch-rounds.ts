/**
 * Rounds of all questions of a batch, where those of the released code's one loop hang together: a round in which no question made a
 * path is not counted, so that it resets nobody's count, and paths are numbered through the batch. A question's round is so decided
 * when all of the batch have come that far; paths go on meanwhile.
 */
import { batchOrder, type MadePaths } from "./made-paths.ts";

interface QuestionRounds extends MadePaths {
  /** All rounds before it are known: −1 before the roots are, Infinity when it makes no path any more. */
  readonly known: number;
}

export class BatchRounds {
  private readonly questions: QuestionRounds[];

  constructor(questions: number) {
    this.questions = Array.from({ length: questions }, () => ({ roots: 0, rounds: new Map(), known: -1 }));
  }

  /** What a question made, of which all before round `known` is known. */
  tell(question: number, { roots, rounds }: MadePaths, known: number): void {
    this.questions[question] = { roots, rounds, known };
  }

  /** Whether of all questions all rounds before this one are known. */
  knowsBefore(round: number): boolean {
    return this.questions.every(({ known }) => known >= round);
  }

  /** Whether some question made a path in the round. */
  counts(round: number): boolean {
    return this.questions.some(({ rounds }) => rounds.has(round));
  }

  /** A path's number in the batch; −1 if it is not known to have been made. */
  placeOf(question: number, path: number): number {
    return batchOrder(this.questions).findIndex(([its, id]) => its === question && id === path);
  }
}
