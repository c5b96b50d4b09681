/** Questions over several articles, scored by token F1 as in the paper; Pass@k counts exact matches. */
import type { Suite } from "./suite.ts";

const knowledge = { group: "knowledge", metric: "f1" } as const;

export const knowledgeSuites: readonly Suite[] = [
  {
    ...knowledge,
    name: "hotpotqa",
    title: "HotpotQA",
    mapping: "hotpotqa",
    files: ["hotpotqa", "hotpot_qa", "hotpot"],
    hub: "hf://datasets/hotpotqa/hotpot_qa/distractor/validation-*.parquet",
  },
  {
    ...knowledge,
    name: "2wikimultihopqa",
    title: "2WikiMultihopQA",
    mapping: "2wikimultihopqa",
    files: ["2wikimultihopqa", "2wiki"],
    hub: "hf://datasets/RUC-NLPIR/FlashRAG_datasets/2wikimultihopqa/dev.jsonl",
  },
  {
    ...knowledge,
    name: "musique",
    title: "MuSiQue",
    mapping: "musique",
    files: ["musique", "musique_ans"],
    hub: "hf://datasets/RUC-NLPIR/FlashRAG_datasets/musique/dev.jsonl",
  },
  {
    ...knowledge,
    name: "bamboogle",
    title: "Bamboogle",
    mapping: "bamboogle",
    files: ["bamboogle"],
    hub: "hf://datasets/RUC-NLPIR/FlashRAG_datasets/bamboogle/test.jsonl",
  },
];
