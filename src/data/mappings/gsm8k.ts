/** GSM8K (openai/gsm8k): the answer stands behind #### at the end of the worked solution. */
import { type Mapping, nameOf } from "./mapping.ts";

export const gsm8k: Mapping = {
  name: "gsm8k",
  about: "GSM8K: question, answer that ends with #### and the number.",
  columns: { prompt: "question", answers: { column: "answer", after: "####" }, id: ["idx", "id"] },
  kind: "math",
  marks: [],
  named: nameOf("gsm[-_]?8k"),
};
