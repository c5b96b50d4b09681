/** A part that only judges some questions: of a mixture, mathematics by equivalence and the rest by token F1. */
import type { Question } from "../envs/task.ts";
import { fieldOf } from "./choice-part.ts";
import type { AnyRewardPart } from "./reward-part.ts";

/** Fields of the question's data and the value that each must have. */
export type Condition = Readonly<Record<string, string | number | boolean>>;

export function conditionalPart(part: AnyRewardPart, condition: Condition): AnyRewardPart {
  const applies = ({ data }: Question): boolean =>
    Object.entries(condition).every(([key, value]) => fieldOf(data, key) === value);
  return { ...part, score: (question, transcript) => (applies(question) ? part.score(question, transcript) : null) };
}
