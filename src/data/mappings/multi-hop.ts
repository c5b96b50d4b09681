/** HotpotQA, 2WikiMultihopQA, MuSiQue and Bamboogle: a question and one or several accepted answers. */
import { type Mapping, nameOf } from "./mapping.ts";

export const hotpotqa: Mapping = {
  name: "hotpotqa",
  about: "HotpotQA: question, answer (a text or a list), level, type.",
  columns: {
    prompt: "question",
    answers: ["golden_answers", "answer"],
    id: ["id", "_id"],
    level: "level",
    data: { type: "type" },
  },
  kind: "qa",
  marks: [["question", "answer", "supporting_facts", "context", "level"]],
  named: nameOf("hotpot[-_]?qa"),
};

export const twoWiki: Mapping = {
  name: "2wikimultihopqa",
  about: "2WikiMultihopQA: question, answer (a text or a list), type.",
  columns: {
    prompt: "question",
    answers: ["golden_answers", "answer"],
    id: ["id", "_id"],
    data: { type: "type" },
  },
  kind: "qa",
  marks: [["question", "answer", "supporting_facts", "context", "evidences"]],
  named: nameOf("2wiki(?:[-_]?multi[-_]?hop(?:[-_]?qa)?)?"),
};

export const musique: Mapping = {
  name: "musique",
  about: "MuSiQue: question, answer (a text or a list), answer_aliases; filter answerable: true for its full set.",
  columns: {
    prompt: "question",
    answers: ["golden_answers", { column: "answer", also: "answer_aliases" }],
    id: "id",
  },
  kind: "qa",
  marks: [["question", "answer", "question_decomposition"]],
  named: nameOf("musique(?:[-_](?:ans|full))?"),
};

export const bamboogle: Mapping = {
  name: "bamboogle",
  about: "Bamboogle: question, answer (a text or a list), also in capitals.",
  columns: {
    prompt: ["question", "Question"],
    answers: ["golden_answers", "answer", "Answer"],
    id: "id",
  },
  kind: "qa",
  marks: [],
  named: nameOf("bamboogle"),
};
