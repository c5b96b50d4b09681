/** Writes the result of an evaluation into its folder: JSON, Markdown and the page, each whole or not at all. */
import type { QuestionRecord } from "../../eval/attempt-record.ts";
import { evaluationLayout } from "../../eval/evaluation-folder.ts";
import type { EvaluationResult } from "../../eval/result.ts";
import { writeFileAtomic } from "../../run/atomic.ts";
import { resultPage } from "./result-page.ts";
import { resultMarkdown } from "./result-text.ts";

export function writeEvaluation(folder: string, result: EvaluationResult, records: readonly QuestionRecord[]): void {
  const { result: numbers, markdown, page } = evaluationLayout(folder);
  writeFileAtomic(numbers, `${JSON.stringify(result, null, 2)}\n`);
  writeFileAtomic(markdown, resultMarkdown(result));
  writeFileAtomic(page, resultPage(result, records));
}
