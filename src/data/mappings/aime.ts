/** AIME of 2024 and 2025, under the names that its several publishers gave the columns. */
import type { Columns } from "../columns.ts";
import { type Mapping, nameOf } from "./mapping.ts";

const columns: Columns = {
  prompt: ["question", "problem", "Problem"],
  answers: ["answer", "Answer"],
  id: ["id", "ID"],
  data: { url: "url" },
};

export const aime24: Mapping = {
  name: "aime24",
  about: "AIME 2024: problem (or question), answer, id.",
  columns,
  kind: "math",
  marks: [],
  named: nameOf("aime[-_]?(?:20)?24"),
};

export const aime25: Mapping = {
  name: "aime25",
  about: "AIME 2025: problem (or question), answer, id.",
  columns,
  kind: "math",
  marks: [],
  named: nameOf("aime[-_]?(?:20)?25"),
};
