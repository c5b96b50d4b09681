import { expect, it } from "vitest";
import { renderSummary } from "./run-summary.ts";
import { evaluation } from "./testing/sample-run.ts";

const mechanisms = {
  budget: { mMean: 6.04, mStd: 0.83 },
  penalty: { consecutiveShare: 0.123, denied: 287 },
  stopGradient: { restoredShare: 0.0304 },
  entropyAdvantage: { factorStd: 0.19 },
};
const files = {
  folder: "runs/atlas-aepo-1",
  report: "runs/atlas-aepo-1/report.html",
  seconds: 55.4,
  state: { step: 30 },
  mechanisms,
};

it("says what came of a run", () => {
  expect(
    renderSummary({
      ...files,
      before: evaluation(0, 0, true),
      after: evaluation(30, 1, true),
    }),
  ).toMatchInlineSnapshot(`
    "
    held out            before                  after
    Pass@1              0.24 (0.20 to 0.28)     0.85 (0.81 to 0.90)     +0.61
    Pass@5              0.50 (0.44 to 0.55)     0.97 (0.91 to 1.00)     +0.47
    format kept         99 %                    99 %
    200 questions × 5 at temperature 1; 95 % bootstrap intervals over questions

    mechanism           figure over the run     what it is
    budget              6.04 ± 0.83             m, global rollouts a question (AEPO-R1)
    penalty             287 denied              branches it stopped (AEPO-R3)
                        12 % in a row           of branching steps (AEPO-R3)
    stop-gradient       3.0 % restored          of the gradient’s weight (AEPO-L3)
    entropy advantage   0.19 deviation          of the factor over path-tokens (AEPO-L2)

    30 steps in 55 s
    run folder          runs/atlas-aepo-1
    report              runs/atlas-aepo-1/report.html
    to resume           aepo train --resume runs/atlas-aepo-1"
  `);
});

it("stands a run that was never evaluated", () => {
  const text = renderSummary({ ...files, before: null, after: null });
  expect(text).toContain("no evaluation in this run");
  expect(text).not.toMatch(/NaN|undefined/);
});
