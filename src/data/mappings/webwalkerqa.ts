/** WebWalkerQA (callanwu/WebWalkerQA): questions that are answered by walking through a site from its first page. */
import { type Mapping, nameOf } from "./mapping.ts";

export const webwalkerqa: Mapping = {
  name: "webwalkerqa",
  about: "WebWalkerQA: question, answer, root_url, info (also in capitals, as its README shows them).",
  columns: {
    prompt: ["question", "Question"],
    answers: ["answer", "Answer"],
    level: ["info.difficulty_level", "Info.Difficulty_Level"],
    data: { rootUrl: "root_url", info: "info" },
  },
  kind: "qa",
  marks: [
    ["question", "answer", "root_url"],
    ["Question", "Answer", "Root_Url"],
  ],
  named: nameOf("web[-_]?walker(?:[-_]?qa)?"),
};
