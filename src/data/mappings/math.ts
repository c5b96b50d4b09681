/** MATH (Hendrycks): the answer stands boxed in the solution; and MATH-500, where it has a column of its own. */
import { type Mapping, nameOf } from "./mapping.ts";

export const math: Mapping = {
  name: "math",
  about: "MATH: problem, level, type, solution with the answer boxed (or question and answer).",
  columns: {
    prompt: ["problem", "question"],
    answers: ["answer", { column: "solution", boxed: true }],
    level: "level",
    data: { type: "type" },
  },
  kind: "math",
  marks: [["problem", "level", "type", "solution"]],
  named: nameOf("(?:hendrycks[-_]?|competition[-_]?)?math"),
};

export const math500: Mapping = {
  name: "math500",
  about: "MATH-500: problem (or question), answer, level, subject, unique_id.",
  columns: {
    prompt: ["problem", "question"],
    answers: "answer",
    id: "unique_id",
    level: "level",
    data: { type: "subject" },
  },
  kind: "math",
  marks: [["problem", "answer", "subject", "unique_id"]],
  named: nameOf("math[-_]?500"),
};
