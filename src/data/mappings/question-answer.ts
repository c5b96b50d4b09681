/** What many files have: one column that is called like a question, one that is called like an answer. */
import type { Mapping } from "./mapping.ts";

export const questionAnswer: Mapping = {
  name: "question-answer",
  about:
    "A question (question, prompt, problem, query or input) and its answers (answers, golden_answers, answer, target or output).",
  columns: {
    prompt: ["question", "prompt", "problem", "query", "input"],
    answers: ["golden_answers", "answers", "answer", "target", "output"],
    id: ["id", "_id"],
    level: "level",
  },
  kind: "qa",
  marks: [],
  named: null,
};
