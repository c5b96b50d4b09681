/** Ids of questions: each its own within a data set, and the same whenever the data is read. */
import type { QuestionDraft } from "../mappings/mapping.ts";
import type { DataQuestion } from "../question-set.ts";

const CONTENT_DIGITS = 12;

/** `taken`: how often each id was given so far; is added to. */
export function named(draft: QuestionDraft, source: string, key: string, taken: Map<string, number>): DataQuestion {
  const wanted = `${source}/${draft.id ?? key.slice(0, CONTENT_DIGITS)}`;
  const times = (taken.get(wanted) ?? 0) + 1;
  taken.set(wanted, times);
  return { ...draft, id: times === 1 ? wanted : `${wanted}~${times}`, source };
}
