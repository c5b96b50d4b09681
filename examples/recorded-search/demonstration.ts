/**
 * A scripted run: search for the question, read, answer. Careless on purpose, one time in three: the answer is then another name
 * of the results. Reinforcement learning selects what pays.
 */
import { type Demonstration, lineTagDialect } from "aepo";
import type { Answerable } from "./answerable.ts";

interface Chance {
  uniform(): number;
  pick<T>(list: readonly T[]): T;
}

const CARELESS = 1 / 3;

export function demonstration({ question, result, answer }: Answerable, random: Chance): Demonstration {
  const others = namesIn(result).filter((name) => !answer.includes(name));
  const isCareless = random.uniform() < CARELESS && others.length > 0;
  const said = isCareless ? random.pick(others) : answer;
  const search = { name: "search" };
  return {
    parts: [
      { by: "policy", text: lineTagDialect.call(search, question.prompt.trim(), "<think> I search for it. </think>") },
      { by: "tool", text: lineTagDialect.result(result) },
      { by: "policy", text: lineTagDialect.answer(said, `<think> I read: ${said}. </think>`) },
    ],
  };
}

/** Runs of words that begin with a capital letter, and years. */
function namesIn(text: string): string[] {
  return [...new Set(text.match(/\p{Lu}[\p{L}'-]+(?: \p{Lu}[\p{L}'-]+)*|\b(?:1[5-9]|20)\d\d\b/gu) ?? [])];
}
