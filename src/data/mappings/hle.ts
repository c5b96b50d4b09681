/** Humanity's Last Exam (cais/hle): exact answers and multiple choice, the choices standing in the question's text. */
import { choicesIn } from "../choices.ts";
import { type Mapping, nameOf } from "./mapping.ts";

export const hle: Mapping = {
  name: "hle",
  about:
    'Humanity\'s Last Exam: question, answer, answer_type, category; filter image: "" to leave out what needs a picture.',
  columns: {
    prompt: "question",
    answers: "answer",
    id: "id",
    level: "category",
    data: { answerType: "answer_type", category: "category", subject: "raw_subject", hasImage: "has_image" },
  },
  kind: ({ answer_type: type }) => (type === "multipleChoice" ? "multiple-choice" : "qa"),
  marks: [
    ["question", "answer", "answer_type", "category"],
    ["question", "answer", "answer_type", "raw_subject"],
  ],
  named: nameOf("hle|humanitys?[-_ ]last[-_ ]exam"),
  refine(draft) {
    if (draft.kind !== "multiple-choice") return draft;
    const choices = choicesIn(draft.prompt);
    return choices === null ? draft : { ...draft, choices };
  },
};
