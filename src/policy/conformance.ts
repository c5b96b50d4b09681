/**
 * What every policy must keep, as a vitest suite: the embedded engine, the scripted fake and remote engines all run it.
 * `make` gives fresh policies that start equal, with 8 to 26 tokens of vocabulary, `conformanceTokenBytes` for their bytes
 * and room for 48 in a sequence.
 */
import { describe } from "vitest";
import { learningConformance, STEP } from "./conformance-learning.ts";
import { samplingConformance } from "./conformance-sampling.ts";
import { shapingConformance } from "./conformance-shaping.ts";
import type { OptimizerStep, Policy } from "./policy.ts";

/** Cases that an engine's `info` says it cannot do are skipped, with the reason. `step`: where an engine takes no clipping. */
export function describePolicyConformance(
  name: string,
  make: () => Promise<Policy>,
  step: Partial<OptimizerStep> = {},
): void {
  describe(`policy conformance: ${name}`, () => {
    samplingConformance(make);
    shapingConformance(make);
    learningConformance(make, { ...STEP, ...step });
  });
}
