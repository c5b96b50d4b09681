/** AEPO's budget (AEPO-R1): the paper's split, and the details of the released code's as options. */
import { z } from "zod";
import { mean } from "../rollout/entropy.ts";
import type { ProbeMeasurement } from "../rollout/rules.ts";
import { halfRoots, monitoredRoots } from "./branching.ts";

export const budgetSchema = z
  .strictObject({
    premonitor: z.boolean().default(true).describe("AEPO-R1: measure a probe before the budget is split."),
    sensitivity: z.number().optional().describe("β (default 0.5)."),
    rootTokens: z
      .int()
      .positive()
      .optional()
      .describe(
        "AEPO-H3: H_root is that of a generation of its own of at most this many tokens, thrown away (released code: 50), not of the probe's first step.",
      ),
    probe: z.enum(["keep", "discard"]).optional().describe("The probe is the first global rollout, or thrown away."),
    rounding: z
      .enum(["halfUp", "floorPlusOne"])
      .optional()
      .describe("m is k·σ rounded half up (default), or its whole part plus 1 (released code)."),
    average: z
      .enum(["toolSteps", "allSteps"])
      .optional()
      .describe(
        "H_tool is the mean over the steps after tool results (default), or over all, the first too (released code).",
      ),
  })
  .check(({ value: { premonitor, ...details }, issues }) => {
    const idle = Object.values(details).some((value) => value !== undefined);
    if (premonitor || !idle) return;
    const message = "sensitivity, rootTokens, probe, rounding and average have no effect when premonitor is false";
    issues.push({ code: "custom", input: premonitor, path: ["premonitor"], message });
  });

type BudgetOptions = z.output<typeof budgetSchema>;

const DEFAULT_SENSITIVITY = 0.5;

/** Whether a probe is run, and what becomes of it. */
export function probeOf({ premonitor, probe = "keep" }: BudgetOptions): "none" | "keep" | "discard" {
  return premonitor ? probe : "none";
}

/** m of a group of k. A kept probe does not branch: one root more has to. */
export function globalRollouts(k: number, options: BudgetOptions, measured: ProbeMeasurement | null): number {
  if (!options.premonitor) return halfRoots(k);
  const { sensitivity = DEFAULT_SENSITIVITY, rounding = "halfUp", average = "toolSteps" } = options;
  const steps =
    measured === null
      ? []
      : [...(average === "allSteps" ? [measured.firstEntropy ?? measured.rootEntropy] : []), ...measured.toolEntropies];
  if (measured === null || steps.length === 0) return k;
  const least = probeOf(options) === "discard" ? 1 : 2;
  return monitoredRoots(k, sensitivity, measured.rootEntropy, mean(steps), least, rounding);
}
