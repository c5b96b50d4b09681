/** The mathematical sets. The paper asks a judge model; here answers are compared as mathematics, and a judge is an option. */
import type { Suite } from "./suite.ts";

const math = { group: "math", metric: "math" } as const;

export const mathSuites: readonly Suite[] = [
  {
    ...math,
    name: "aime24",
    title: "AIME24",
    mapping: "aime24",
    files: ["aime24", "aime_2024", "aime2024"],
    hub: "hf://datasets/HuggingFaceH4/aime_2024/data/train-*.parquet",
  },
  {
    ...math,
    name: "aime25",
    title: "AIME25",
    mapping: "aime25",
    files: ["aime25", "aime_2025", "aime2025"],
    hub: "hf://datasets/math-ai/aime25/test.jsonl",
  },
  {
    ...math,
    name: "math500",
    title: "MATH500",
    mapping: "math500",
    files: ["math500", "math-500", "math_500"],
    hub: "hf://datasets/HuggingFaceH4/MATH-500/test.jsonl",
  },
  {
    ...math,
    name: "math",
    title: "MATH",
    mapping: "math",
    files: ["math", "hendrycks_math", "competition_math"],
    hub: "hf://datasets/EleutherAI/hendrycks_math/*/test-*.parquet",
  },
  {
    ...math,
    name: "gsm8k",
    title: "GSM8K",
    mapping: "gsm8k",
    files: ["gsm8k"],
    hub: "hf://datasets/openai/gsm8k/main/test-*.parquet",
  },
];
