/** Multiple choice: 1 where the answer names exactly the accepted choice (or choices), by letter or by text. */
import { normalizeAnswer } from "../envs/grade.ts";
import type { Question } from "../envs/task.ts";
import type { PartOptions } from "./answer-parts.ts";
import { type Choices, choicesOf, chosenLetters } from "./choice-answer.ts";
import type { RewardPart } from "./reward-part.ts";

/** Choices are `data.choices` of the question (a list of texts, or an object of letters), else the lines "A. …" of its prompt. */
export function choicePart({ name = "choice", weight = 1 }: PartOptions = {}): RewardPart {
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score: (question, { answer }) => (answer !== null && isChosen(answer, question) ? 1 : 0),
  };
}

function isChosen(answer: string, question: Question): boolean {
  const choices = choicesOf(question.prompt, fieldOf(question.data, "choices"));
  return question.answers.some((gold) => isAnswer(answer, gold, choices));
}

function isAnswer(answer: string, gold: string, choices: Choices): boolean {
  const several = /^[A-J](?:\s?(?:,|;|&|and)?\s?[A-J]){1,9}$/.test(gold.trim());
  const wanted = chosenLetters(gold, choices, several);
  const given = chosenLetters(answer, choices, several);
  if (wanted !== null) return given === wanted;
  // Neither the gold is a letter nor are the choices known: the text itself.
  return normalizeAnswer(answer) !== "" && normalizeAnswer(answer) === normalizeAnswer(gold);
}

export function fieldOf(data: unknown, key: string): unknown {
  return typeof data === "object" && data !== null && Object.hasOwn(data, key)
    ? (data as Record<string, unknown>)[key]
    : undefined;
}
