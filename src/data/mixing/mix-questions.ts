/** A set of questions out of several sources: their mixture, and each one's order. */
import { AepoError } from "../../std/errors.ts";
import type { DataQuestion, QuestionSet } from "../question-set.ts";
import { shuffledEpochs } from "./epochs.ts";
import { mixture } from "./mixture.ts";

export interface Pool {
  readonly questions: readonly DataQuestion[];
  /** Null: as many as it has. */
  readonly weight: number | null;
}

export interface Mixing {
  /** For messages: what it is a set of. */
  readonly name: string;
  /** Null: not shuffled. */
  readonly seed: number | null;
  /** For messages: why it may have no questions, and what to do. */
  readonly fix: string;
}

export function mixQuestions(given: readonly Pool[], { name, seed, fix }: Mixing): QuestionSet {
  const pools = given.filter(({ questions }) => questions.length > 0);
  const turn = mixture(pools.map(({ weight, questions }) => weight ?? questions.length));
  const orders = pools.map(({ questions: { length } }, source) =>
    seed === null ? (rank: number): number => rank % length : shuffledEpochs(length, seed, source),
  );
  const questions = pools.flatMap((pool) => pool.questions);
  return {
    size: questions.length,
    questions,
    at(index) {
      if (!Number.isSafeInteger(index) || index < 0) {
        throw new AepoError("usage", `there is no ${name} question ${index}`, { expected: "an index 0, 1, 2, …" });
      }
      if (questions.length === 0) throw new AepoError("config", `there are no ${name} questions`, { fix });
      const { source, rank } = turn(index);
      const question = pools[source]?.questions[orders[source]?.(rank) ?? 0];
      if (question === undefined) throw new RangeError(`no ${name} question ${index}`);
      return question;
    },
  };
}
