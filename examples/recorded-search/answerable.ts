/** Which questions recorded searches can answer: those whose search finds a text with an accepted answer in it. */
import type { DataQuestion, Tool } from "aepo";

export interface Answerable {
  readonly question: DataQuestion;
  /** What searching for the question itself gives. */
  readonly result: string;
  /** The accepted answer that stands in there. */
  readonly answer: string;
}

export type Search = (query: string) => Promise<string>;

/** A tool as a function. */
export function searchOf(search: Tool, signal: AbortSignal): Search {
  return async (query) => {
    const found = await search.execute({ query }, { state: undefined, call: 0, signal });
    return typeof found === "string" ? found : found.text;
  };
}

export async function answerable(questions: readonly DataQuestion[], search: Search): Promise<Answerable[]> {
  const found: Answerable[] = [];
  for (const question of questions) {
    if (question.kind !== "qa" || question.prompt.length > 240) continue;
    const result = await search(question.prompt.trim());
    const answer = question.answers.find((accepted) => isNamed(accepted) && occurs(accepted, result));
    if (answer !== undefined) found.push({ question, result, answer });
  }
  return found;
}

/** Yes, no and single digits stand in any text by chance. */
function isNamed(answer: string): boolean {
  return answer.length > 2 && !/^(?:yes|no)$/i.test(answer);
}

/** As words, whatever stands between them. */
function occurs(answer: string, text: string): boolean {
  const words = (of: string): string =>
    ` ${
      of
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu)
        ?.join(" ") ?? ""
    } `;
  return words(text).includes(words(answer)) && words(answer).trim() !== "";
}
