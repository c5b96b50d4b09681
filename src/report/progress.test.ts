import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { MetricRecord } from "../run/records.ts";
import { progressDisplay, renderProgress } from "./progress.ts";
import { advanceProgress, secondsLeft, startProgress } from "./progress-state.ts";
import { sampleRun } from "./testing/sample-run.ts";

/** Every record 1.5 s after the one before. */
function replay(records: readonly MetricRecord[], totalSteps: number) {
  return records.reduce(
    (state, record, index) => advanceProgress(state, record, index * 1500),
    startProgress(totalSteps),
  );
}

function captured(isTTY: boolean, records: readonly MetricRecord[], done = true): string {
  const stream = new PassThrough();
  let time = 0;
  const clock = { nowMs: () => (time += 1500), timestamp: () => "" };
  const display = progressDisplay({
    stream,
    isTTY,
    totalSteps: 30,
    clock,
    color: false,
  });
  for (const record of records) display.record(record);
  if (done) display.done();
  return String(stream.read() ?? "");
}

it("shows a run in a few lines", () => {
  expect(renderProgress(replay(sampleRun(30, [12]).records.slice(0, 17), 30))).toMatchInlineSnapshot(`
    "step      12/30   ███████████░░░░░░░░░░░░░░░░░  8,069 tokens/s  34 s left
    reward    0.80    ▁▁▂▄▅▄▇▆▆▇▅█              75 % right in training
    Pass@1    0.66    ▁▆█                       (0.57 to 0.75) held out, at step 10
    entropy   0.0317  nat, 0.102 after a tool result
    branches  5.13 a question, top-3 73 % (null 76 %), 12 denied
    warning, step 3: branch.penalty is on but denied no branch in this step: no two branches were made in a row"
  `);
});

it("B-PPO: shows the value head, and that the policy waits while it warms up", () => {
  const critic = { explainedVariance: 0.412, valueLoss: 0.0831, valueMean: 0.55, returnMean: 0.61, gradientNorm: 0.2 };
  const steps = sampleRun(2).records.filter((record) => record.kind === "step");
  const [first, second] = steps.map(
    (record, i): MetricRecord => ({
      ...record,
      updates: i === 0 ? 0 : 8,
      figures: { ...record.figures, critic: { ...critic, warmup: i === 0 } },
    }),
  );
  if (first === undefined || second === undefined) throw new Error("two steps");
  const text = captured(false, [first, second]).split("\n");
  expect(text[0]).toContain(
    "  critic explains 41 % of the returns, value 0.55 for 0.61, loss 0.0831 (warm-up: the policy waits)  ",
  );
  expect(text[0]).not.toContain("skipped");
  expect(text[1]).toContain("  critic explains 41 % of the returns, value 0.55 for 0.61, loss 0.0831  ");
  expect(
    renderProgress(replay([first], 30))
      .split("\n")
      .at(-1),
  ).toBe("critic    explains 41 % of the returns, value 0.55 for 0.61, loss 0.0831 (warm-up: the policy waits)");
});

it("AEPO-H1: shows how far sampling and training are apart, as a distribution", () => {
  const gaps = { tokens: 900, mean: 0, p50: 1.26e-7, p90: 4e-7, p99: 2.24e-6, max: 1.1e-5 };
  const step = sampleRun(1).records.find((record) => record.kind === "step");
  if (step === undefined) throw new Error("a step");
  const words = "median 1.3e-7, 99 % below 2.2e-6, largest 1.1e-5";
  expect(captured(false, [{ ...step, gaps }])).toContain(`  gap ${words}  `);
  expect(
    renderProgress(replay([{ ...step, gaps }], 30))
      .split("\n")
      .at(-1),
  ).toBe(`gap       ${words}`);
});

it("shows how much of the importance weights was cut", () => {
  const drift = { tokens: 900, mean: 0, p50: 0.01, p90: 0.02, p99: 0.1, max: 0.9 };
  const offPolicy = { cap: 2, cappedShare: 0.031, meanWeight: 1.01, effectiveShare: 0.93, drift };
  const step = sampleRun(1).records.find((record) => record.kind === "step");
  if (step === undefined) throw new Error("a step");
  expect(captured(false, [{ ...step, offPolicy }])).toContain(
    "  off-policy 3.1 % of the weights cut at 2, 93 % of the tokens count  ",
  );
});

it("shows a run that has not begun", () => {
  expect(renderProgress(startProgress(30))).toMatchInlineSnapshot(`
    "step      0/30    ░░░░░░░░░░░░░░░░░░░░░░░░░░░░  – tokens/s  – left
    reward    –                                 – right in training
    Pass@1    – not evaluated yet
    entropy   –       nat, – after a tool result
    branches  – a question, top-3 – (null –), – denied"
  `);
});

it("writes one plain line a record where there is no terminal", () => {
  const text = captured(false, sampleRun(30, [2]).records.slice(0, 6));
  expect(text).toMatchInlineSnapshot(`
    "atlas · aepo · seed 1 · qwen3 4×128, 0.82M parameters, bundled:atlas
    held-out Pass@1 0.24 (0.20 to 0.28)  Pass@5 0.50 (0.44 to 0.55)  format 99 %  at step 0, 200 questions × 5
    step 1/30  reward 0.32  correct 31 %  entropy 0.0579  branches 5.88 a question, top-3 89 % (null 74 %), 9 denied  9,532 tokens/s  48 s left
    step 2/30  reward 0.32  correct 30 %  entropy 0.0611  branches 5.38 a question, top-3 75 % (null 73 %), 8 denied  9,114 tokens/s  44 s left  skipped: no group with unequal rewards
    step 3/30  reward 0.46  correct 43 %  entropy 0.0556  branches 5.13 a question, top-3 76 % (null 76 %), 14 denied  9,808 tokens/s  42 s left
    warning, step 3: branch.penalty is on but denied no branch in this step: no two branches were made in a row
    "
  `);
  // oxlint-disable-next-line no-control-regex -- no escape codes in pipes
  expect(text).not.toMatch(/[\u001b\r]/);
});

it("draws over itself on a terminal", () => {
  const text = captured(true, sampleRun(30).records.slice(0, 4));
  expect(text).toContain("\u001b[");
  expect(text).toContain("2/30");
});

it("makes escapes in warnings visible", () => {
  const text = captured(false, [{ kind: "warning", step: 1, message: "a\u001b[2Jb\nc" }]);
  expect(text).toBe("warning, step 1: a␛[2Jb␊c\n");
});

it("judges the time left by the wall time of steps, evaluations between them included", () => {
  const steps = sampleRun(30).records.filter((record) => record.kind === "step");
  const [first, second, third] = steps;
  if (first === undefined || second === undefined || third === undefined) throw new Error("sample too short");
  let state = startProgress(30);
  expect(secondsLeft(state)).toBeNull();
  state = advanceProgress(state, { ...first, seconds: { rollout: 1, update: 2 } }, 10_000);
  // One step took 1 + 2 s; 29 are left.
  expect(secondsLeft(state)).toBeCloseTo(87, 9);
  state = advanceProgress(state, second, 15_000);
  // Mean of 3 s and 5 s; 28 are left.
  expect(secondsLeft(state)).toBeCloseTo(112, 9);
});
