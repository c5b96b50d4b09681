/** Opening questions in tests: with what was warned of, or the message of what is thrown. */
import { openQuestions } from "../open-questions.ts";
import type { QuestionDataInput } from "../question-options.ts";
import type { QuestionData, QuestionSet } from "../question-set.ts";

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
export const rowsOf = (length: number, name = "q") =>
  range(length).map((i) => ({ question: `${name} ${i}?`, answer: `${i}` }));
export const prompts = ({ questions }: QuestionSet): string[] => questions.map(({ prompt }) => prompt);
export const jsonl = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

export async function opened(
  input: QuestionDataInput,
  seed = 1,
): Promise<QuestionData & { readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const data = await openQuestions(input, { seed, onWarning: (warning) => warnings.push(warning) });
  return { ...data, warnings };
}

export async function failure(input: unknown): Promise<string> {
  return openQuestions(input as QuestionDataInput, { seed: 1 }).then(
    ({ train }) => `no error, but ${train.size} questions`,
    (thrown: unknown) => (thrown as Error).message.replaceAll(/\/tmp\/aepo-data-[^/]+/g, "FOLDER"),
  );
}
