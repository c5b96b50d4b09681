/** Long texts shortened in the middle, so that a page of many attempts stays one that a browser opens. The journal has all of them. */
import type { QuestionRecord } from "../../eval/attempt-record.ts";
import { count } from "../figure-format.ts";

const MOST_CHARACTERS = 48 * 1024 * 1024;
const [SHORTEST, LONGEST] = [400, 20_000];

/** Characters that every text of the page may have: all of them where that fits. */
export function textLimit(records: readonly QuestionRecord[]): number {
  const texts = records.reduce(
    (sum, { attempts }) => sum + 1 + attempts.reduce((turns, attempt) => turns + 2 * attempt.turns.length, 0),
    0,
  );
  return Math.min(LONGEST, Math.max(SHORTEST, Math.floor(MOST_CHARACTERS / Math.max(1, texts))));
}

export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const [start, end] = [Math.floor(limit * 0.7), Math.floor(limit * 0.2)];
  const left = `\n[… ${count(text.length - start - end)} characters: journal.jsonl has them …]\n`;
  return `${text.slice(0, start)}${left}${text.slice(text.length - end)}`;
}
