/** GAIA (gaia-benchmark/GAIA): general questions in three levels; those of its test split have no public answers. */
import { dataError } from "../row.ts";
import { type Mapping, nameOf } from "./mapping.ts";

export const gaia: Mapping = {
  name: "gaia",
  about:
    'GAIA: Question, Level, Final answer (or answer); file_name is kept: filter for "" to leave out what needs a file.',
  columns: {
    prompt: ["Question", "question"],
    answers: ["Final answer", "answer", "Answer"],
    id: ["task_id", "id"],
    level: ["Level", "level"],
    data: { file: "file_name" },
  },
  kind: "qa",
  marks: [
    ["Question", "Final answer"],
    ["Question", "Level", "answer"],
  ],
  named: nameOf("gaia"),
  decode(row) {
    if (row.values["Final answer"] !== "?") return row;
    throw dataError(row.place, 'Final answer is "?": the answers of this split are not public', {
      fix: "use the validation split",
    });
  },
};
