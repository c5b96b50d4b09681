import { expect, it } from "vitest";
import { coldStartSchema, runConfigSchema } from "../config.ts";
import { estimateColdStart, estimateTrain } from "./estimate.ts";

const SPEEDS = { training: 100, sampling: 50, optimizerStepSeconds: 2 };
const LENGTHS = { prompt: 10, path: 40, written: 15 };

it("counts a run's tokens and takes them at the probe's speeds", () => {
  const config = runConfigSchema.parse({
    algorithm: { name: "grpo", groupSize: 4, updates: 2 },
    policy: { checkpoint: "bundled:atlas" },
    optimizer: { learningRate: 1 },
    train: { steps: 10, questionsPerStep: 3 },
    eval: { questions: 20, samples: 5, every: 4, progressQuestions: 6 },
  });
  const { rows, seconds } = estimateTrain(config, 10, SPEEDS, LENGTHS);
  expect(rows).toEqual([
    // 120 paths: 15 tokens drawn at 50 a second, 25 read at 3 · 100.
    { what: "rollouts", times: 10, tokens: 120 * 40, seconds: 120 * (15 / 50 + 25 / 300) },
    // A tree has its prompt once: 10 steps of 3 · (10 + 4 · 30) tokens.
    { what: "updates", times: 20, tokens: 3900, seconds: 39 + 40 },
    // Before and after 100 paths, and 6 after steps 4 and 8.
    { what: "evaluations", times: 4, tokens: 212 * 40, seconds: 212 * (15 / 50 + 25 / 300) },
  ]);
  expect(seconds).toBe(rows.reduce((sum, row) => sum + row.seconds, 0));
  const without = { ...config, eval: { ...config.eval, every: 0 } };
  expect(estimateTrain(without, 10, SPEEDS, LENGTHS).rows[2]).toEqual({
    what: "evaluations",
    times: 0,
    tokens: 0,
    seconds: 0,
  });
});

it("counts a cold start's demonstrations", () => {
  const { sft } = coldStartSchema.parse({
    from: "bundled:atlas",
    optimizer: { learningRate: 1 },
    sft: { steps: 5, batch: 8 },
    out: "x",
  });
  expect(estimateColdStart(sft, { ...SPEEDS, sampling: null }, LENGTHS)).toEqual({
    rows: [{ what: "updates", times: 5, tokens: 1600, seconds: 26 }],
    seconds: 26,
  });
});
