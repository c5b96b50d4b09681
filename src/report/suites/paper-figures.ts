/** What the paper publishes for its suites, in per cent, with where each figure was read. What could not be read is not here. */

interface PaperModel {
  readonly model: string;
  /** Where its figures were read. */
  readonly source: string;
  /** By suite, then by k of Pass@k. */
  readonly figures: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** "AEPO" of arXiv 2510.14545 in each. */
export const PAPER_MODELS: readonly PaperModel[] = [
  {
    model: "Qwen3-14B",
    source: "the paper's abstract",
    figures: { gaia: { 1: 47.6, 5: 65 }, hle: { 1: 11.2, 5: 26 }, webwalkerqa: { 1: 43, 5: 70 } },
  },
  {
    model: "Qwen3-8B",
    source: "quoted from the paper in issue 47 of its repository",
    figures: { gaia: { 1: 45.6 }, hle: { 1: 11 } },
  },
  {
    model: "Qwen2.5-7B",
    source: "RAPO's Table 1, whose mathematical columns are taken to be the paper's own",
    figures: {
      aime24: { 1: 33.3 },
      aime25: { 1: 30 },
      math500: { 1: 80.4 },
      math: { 1: 90 },
      gsm8k: { 1: 92.2 },
    },
  },
  {
    model: "Llama3.1-8B",
    source: "as for Qwen2.5-7B",
    figures: {
      aime24: { 1: 26.7 },
      aime25: { 1: 16.7 },
      math500: { 1: 65.8 },
      math: { 1: 80.6 },
      gsm8k: { 1: 87.6 },
    },
  },
];

/** What the paper reports of its deep-search suites; of others Pass@1. */
export const DEEP_SEARCH_KS: readonly number[] = [1, 3, 5];
