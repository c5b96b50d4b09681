/**
 * Options of AEPO's rollout that follow the authors' released code where it departs from the paper. The paper's choice is each
 * one's default. What they change in a tree's growth is said in `rollout/departures.ts`.
 */
import { z } from "zod";
import type { Departures } from "../rollout/departures.ts";

/** Beside the tree's other options. */
export const releasedTreeOptions = {
  entropyTopK: z
    .int()
    .positive()
    .optional()
    .describe(
      "A step's entropy is the SUM of −p ln p over this many most likely tokens of each token (released code: 10), not AEPO-H2's mean over the vocabulary.",
    ),
  fill: z
    .enum(["together", "oneByOne"])
    .default("together")
    .describe("AEPO-R5: what is left of a group is filled at once, or one rollout at a time which may branch."),
};

/** Beside the branch rule's other options. */
export const releasedBranchFields = {
  base: z
    .union([z.number().min(0).max(1), z.literal("uniform")], { error: "expected a number from 0 to 1, or uniform" })
    .default(0.5)
    .describe("α: branch probability at ΔH = 0; uniform: a draw in [0, 1) in its place."),
  comparison: z
    .enum(["above", "atLeast"])
    .optional()
    .describe("AEPO-R4: branch if P is above the threshold (default), or at least at it."),
  measure: z
    .enum(["afterResult", "beforeCall"])
    .default("afterResult")
    .describe("AEPO-R2: ΔH of the turn that follows a tool result, or of the turn that made the call."),
  baseline: z
    .enum(["root", "place"])
    .default("root")
    .describe("AEPO-R2: ΔH against the path's own root, or against what first stood at its place in a batch."),
  counter: z
    .enum(["path", "question", "batch"])
    .optional()
    .describe(
      "AEPO-R3: l is counted along the path (default), or over the question's rounds that made a path; batch: of these only rounds in which some question of the batch made one.",
    ),
};

interface ReleasedOptions {
  readonly budget: { readonly rootTokens?: number | undefined };
  readonly entropyTopK?: number | undefined;
  readonly fill: "together" | "oneByOne";
  readonly decision: "threshold" | "sample";
  readonly order: "synchronous" | "depthFirst";
  readonly branch: {
    readonly base: number | "uniform";
    readonly comparison?: "above" | "atLeast" | undefined;
    readonly measure: "afterResult" | "beforeCall";
    readonly baseline: "root" | "place";
    readonly counter?: "path" | "question" | "batch" | undefined;
    readonly penalty: number;
  };
}

function countsRounds({ counter }: ReleasedOptions["branch"]): boolean {
  return counter === "question" || counter === "batch";
}

/** Values without effect, and values that contradict each other. */
export function branchContradictions({ decision, order, branch }: ReleasedOptions): [string[], string][] {
  const checks: readonly (readonly [boolean, string, string])[] = [
    [
      branch.base === "uniform" && decision === "sample",
      "base",
      "base uniform is a draw already (AEPO-R4): use it with decision threshold, or give base a number from 0 to 1",
    ],
    [
      branch.comparison !== undefined && decision === "sample",
      "comparison",
      "comparison has no effect when decision is sample",
    ],
    [branch.counter !== undefined && branch.penalty === 0, "counter", "counter has no effect when penalty is 0"],
    [
      branch.baseline === "place" && order === "depthFirst",
      "baseline",
      "baseline place numbers paths by rounds (AEPO-R9), which order depthFirst does not have: use order synchronous, or baseline root",
    ],
    [
      countsRounds(branch) && order === "depthFirst",
      "counter",
      `counter ${branch.counter} counts rounds (AEPO-R9), which order depthFirst does not have: use order synchronous, or counter path`,
    ],
  ];
  return checks.flatMap(([wrong, field, message]): [string[], string][] =>
    wrong ? [[["branch", field], message]] : [],
  );
}

/** What the options change in the growth of trees; nothing for the paper's. */
export function departuresOf({ entropyTopK, fill, budget, branch }: ReleasedOptions): {
  readonly departures?: Departures;
} {
  const { counter } = branch;
  const departures: Departures = {
    ...(budget.rootTokens === undefined ? {} : { rootTokens: budget.rootTokens }),
    ...(entropyTopK === undefined ? {} : { topK: entropyTopK }),
    ...(branch.measure === "beforeCall" ? { beforeCall: true } : {}),
    ...(branch.baseline === "place" ? { placeBaselines: true } : {}),
    ...(branch.base === "uniform" ? { noise: true } : {}),
    ...(branch.comparison === "atLeast" ? { atLeast: true } : {}),
    ...(counter === undefined || counter === "path" ? {} : { counter }),
    ...(fill === "oneByOne" ? { fillOneByOne: true } : {}),
  };
  return Object.keys(departures).length === 0 ? {} : { departures };
}
