/** Questions that take search and browsing, scored by a judge model as in the paper. */
import type { Suite } from "./suite.ts";

const deepSearch = { group: "deep search", metric: "judge" } as const;

export const deepSearchSuites: readonly Suite[] = [
  {
    ...deepSearch,
    name: "gaia",
    title: "GAIA",
    mapping: "gaia",
    files: ["gaia", "gaia_validation", "gaia_test"],
    hub: "hf://datasets/gaia-benchmark/GAIA/2023/validation/metadata.*",
    filter: { file_name: ["", null] },
    note: "accept its conditions on the Hub and set HF_TOKEN; questions with a file are left out; the paper uses 103 questions of the validation split",
  },
  {
    ...deepSearch,
    name: "hle",
    title: "Humanity's Last Exam",
    mapping: "hle",
    files: ["hle", "humanitys_last_exam"],
    hub: "hf://datasets/cais/hle/data/test-*.parquet",
    filter: { image: ["", null] },
    note: "accept its conditions on the Hub and set HF_TOKEN; questions with a picture are left out; the paper uses 500",
  },
  {
    ...deepSearch,
    name: "webwalkerqa",
    title: "WebWalkerQA",
    mapping: "webwalkerqa",
    files: ["webwalkerqa", "webwalker"],
    hub: "hf://datasets/callanwu/WebWalkerQA/data/main-*.parquet",
    note: "the paper uses 200 of its 680 questions",
  },
  {
    ...deepSearch,
    name: "xbench-deepsearch",
    title: "xbench-DeepSearch",
    mapping: "xbench-deepsearch",
    files: ["xbench-deepsearch", "deepsearch", "xbench"],
    hub: "hf://datasets/xbench/DeepSearch/DeepSearch.csv",
  },
  {
    ...deepSearch,
    name: "frames",
    title: "FRAMES",
    mapping: "frames",
    files: ["frames", "frames-benchmark"],
    hub: "hf://datasets/google/frames-benchmark/test.tsv",
  },
];
