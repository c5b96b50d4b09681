/**
 * Options of AEPO's update that follow the authors' released code where it departs from the paper; without them it is the paper's.
 */
import { z } from "zod";

export const releasedUpdate = {
  dual: z
    .number()
    .gt(1)
    .optional()
    .describe("Dual clip c (released code: 3): no gradient where Ã < 0 and δ > c (default: none)."),
  statistics: z
    .enum(["group", "microBatch"])
    .optional()
    .describe("AEPO-L2: z over the path-tokens of the question's group (default), or of the micro-batch."),
  microBatch: z
    .int()
    .positive()
    .optional()
    .describe(
      "AEPO-L4: paths a micro-batch; the loss is each one's token mean, weighed by its paths (default: one mean).",
    ),
};

interface UpdateOptions {
  readonly advantage: {
    readonly entropyWeight: number;
    readonly entropyEstimate?: "surprisal" | undefined;
    readonly statistics?: "group" | "microBatch" | undefined;
  };
  readonly microBatch?: number | undefined;
}

/** Values without effect, and values that need another. */
export function updateContradictions({ advantage, microBatch }: UpdateOptions): [string[], string][] {
  const { entropyWeight, entropyEstimate, statistics } = advantage;
  if (entropyEstimate !== undefined && entropyWeight === 0) {
    return [[["advantage", "entropyEstimate"], "entropyEstimate has no effect when entropyWeight is 0"]];
  }
  const path = ["advantage", "statistics"];
  if (statistics !== undefined && entropyWeight === 0) {
    return [[path, "statistics has no effect when entropyWeight is 0"]];
  }
  if (statistics === "microBatch" && microBatch === undefined) {
    return [[path, "statistics microBatch needs microBatch, the number of paths in one (or use statistics group)"]];
  }
  return [];
}
