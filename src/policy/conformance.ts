/**
 * What every policy must keep, as a vitest suite: the embedded engine, the scripted fake and remote engines all run it.
 * `make` gives fresh policies that start equal, with 8 to 26 tokens of vocabulary, `conformanceTokenBytes` for their bytes
 * and room for 48 in a sequence.
 */
import { describe } from "vitest";
import { learningConformance } from "./conformance-learning.ts";
import { samplingConformance } from "./conformance-sampling.ts";
import { shapingConformance } from "./conformance-shaping.ts";
import type { Policy } from "./policy.ts";

export function describePolicyConformance(name: string, make: () => Promise<Policy>): void {
  describe(`policy conformance: ${name}`, () => {
    samplingConformance(make);
    shapingConformance(make);
    learningConformance(make);
  });
}
