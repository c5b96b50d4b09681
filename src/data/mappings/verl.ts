/** The layout of the verl trainer, in which the papers' training sets are published: messages, `reward_model.ground_truth`. */
import type { JsonObject } from "../../std/json.ts";
import type { Mapping } from "./mapping.ts";

export const verl: Mapping = {
  name: "verl",
  about: "The papers' training sets (train_10k, hard_search_1k, valid) and others in verl's layout.",
  columns: {
    prompt: "prompt",
    answers: "reward_model.ground_truth",
    id: "extra_info.index",
    data: { dataSource: "data_source", ability: "ability" },
  },
  kind: ({ ability, data_source: source }) =>
    ability === "math" || (ability === null && typeof source === "string" && /math|gsm8k|aime/i.test(source))
      ? "math"
      : "qa",
  marks: [["prompt", "reward_model.ground_truth"]],
  named: null,
  sourceOf: ({ data_source: source }: JsonObject) => (typeof source === "string" && source !== "" ? source : null),
};
