/** Accuracy parts that compare the answer with the accepted ones: exact match, token F1 (AEPO-W2), mathematical equivalence. */
import { exactMatch, tokenF1 } from "../envs/grade.ts";
import { withoutBox } from "../data/boxed.ts";
import { type MathGraderOptions, openMathGrader } from "./math/math-grader.ts";
import type { RewardPart } from "./reward-part.ts";

export interface PartOptions {
  readonly name?: string;
  readonly weight?: number;
}

/** 1 for an answer that is an accepted one after SQuAD's normalisation, else 0. Of an answer with a box the box is compared. */
export function exactPart({ name = "exact", weight = 1 }: PartOptions = {}): RewardPart {
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score: ({ answers }, { answer }) => (answer !== null && exactMatch(withoutBox(answer), answers) ? 1 : 0),
  };
}

/**
 * AEPO-W2: the best token F1 over the accepted answers, with the rule for yes and no. Correct is only the exact match. Of an answer
 * with a box the box is compared.
 */
export function f1Part({ name = "f1", weight = 1 }: PartOptions = {}): RewardPart {
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score({ answers }, { answer }) {
      if (answer === null) return 0;
      const said = withoutBox(answer);
      return { score: tokenF1(said, answers), correct: exactMatch(said, answers) };
    },
  };
}

/** AEPO-W2: 1 for an answer that says the same number, expression, set, interval, … as an accepted one, else 0. */
export function mathPart({ name = "math", weight = 1, ...options }: PartOptions & MathGraderOptions = {}): RewardPart {
  const grader = openMathGrader(options);
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score: async ({ answers }, { answer }) => (answer !== null && (await grader.isRight(answer, answers)) ? 1 : 0),
    close: async () => grader.close(),
  };
}
