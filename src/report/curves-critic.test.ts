import { expect, it } from "vitest";
import type { MetricRecord } from "../run/records.ts";
import { renderReport } from "./html.ts";
import { sampleHeader, sampleRun } from "./testing/sample-run.ts";

const { config, records, rollouts } = sampleRun(3);
const report = (steps: readonly MetricRecord[]): string =>
  renderReport({ header: sampleHeader, config, records: steps, rollouts });

/** The run with a value head that warms up for a step. */
const valued = records.map((record): MetricRecord => {
  if (record.kind !== "step") return record;
  const warmup = record.step === 1;
  const critic = {
    warmup,
    explainedVariance: 0.37,
    valueLoss: 0.0456,
    valueMean: 0.5,
    returnMean: 0.6,
    gradientNorm: 1,
  };
  return { ...record, figures: { ...record.figures, ...(warmup ? { clip: null } : {}), critic } };
});

it("B-PPO: the report shows the value head of a run that has one", () => {
  const shown = report(valued);
  for (const title of ["Explained variance", "Value loss", "Values and returns"]) expect(shown).toContain(title);
  expect(shown).toContain("0.37");
  expect(report(records)).not.toContain("Explained variance");
});

it("B-PPO: a step of warm-up is not one that was skipped", () => {
  expect(report(valued)).not.toContain("skipped for want of");
  const skipped = records.map((record): MetricRecord => {
    return record.kind === "step" ? { ...record, figures: { ...record.figures, clip: null } } : record;
  });
  expect(report(skipped)).toContain("3 skipped for want of");
});
