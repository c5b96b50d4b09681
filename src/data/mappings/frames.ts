/** FRAMES (google/frames-benchmark): questions over several Wikipedia articles. */
import { type Mapping, nameOf } from "./mapping.ts";

export const frames: Mapping = {
  name: "frames",
  about: "FRAMES: Prompt, Answer, reasoning_types, wiki_links.",
  columns: {
    prompt: "Prompt",
    answers: "Answer",
    data: { reasoningTypes: "reasoning_types", wikiLinks: "wiki_links" },
  },
  kind: "qa",
  marks: [["Prompt", "Answer", "reasoning_types"]],
  named: nameOf("frames(?:[-_]benchmark)?"),
};
