import { expect, it } from "vitest";
import { renderEvaluation } from "./evaluation.ts";
import { evaluation } from "./testing/sample-run.ts";

it("says an evaluation with its intervals", () => {
  expect(renderEvaluation(evaluation(0, 0, true))).toMatchInlineSnapshot(`
    "200 held-out questions × 5 at temperature 1, in 4.2 s
    Pass@1        0.24 (0.20 to 0.28)
    Pass@5        0.50 (0.44 to 0.55)
    format kept   99 %
    mean reward   0.25"
  `);
});

it("says what could not be judged", () => {
  const record = { ...evaluation(0, 0, true), unjudged: { samples: 3, reasons: ["no answer within 30 s"] } };
  expect(renderEvaluation(record).split("\n").at(-1)).toBe(
    "3 of 1000 samples could not be judged and are left out (no answer within 30 s)",
  );
});

it("says how sampling was cut", () => {
  const record = { ...evaluation(0, 0, true), temperature: 0.7, shaping: "top-p 0.8, top-k 20" };
  expect(renderEvaluation(record)).toContain("× 5 at temperature 0.7, top-p 0.8, top-k 20, in 4.2 s\n");
});

it("shows what was not measured as a dash", () => {
  const record = { ...evaluation(0, 0, true), rewardMean: Number.NaN, passAtK: [] };
  expect(renderEvaluation(record)).toContain("mean reward   –");
});
