/** Two steps of every method of whole rollouts on the bundled policy: it learns, and its own figure moves. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import { makeAlgorithm } from "../algorithm/list.ts";
import { memoryStore } from "../policy/blob-store.ts";
import { checkpointName } from "../run/layout.ts";
import { systemClock } from "../std/clock.ts";
import { rollout, train as trainApi } from "./api.ts";
import { recipeSchema, runConfigSchema } from "./config.ts";
import { readConfig } from "./config-source.ts";
import { gapLevels } from "./gap-levels.ts";
import { openPolicy } from "./open.ts";
import type { OpenPolicy } from "./opened-policy.ts";
import { optimizerStep } from "./optimizer.ts";
import { type StepOutcome, trainStep } from "./step.ts";
import { makeTask, taskSchema } from "./tasks.ts";
import { train } from "./train.ts";

const task = makeTask(taskSchema.parse({ name: "atlas" }));
const LEARNING_RATE = 2e-3;
const QUESTIONS = 4;

const configOf = (algorithm: object, changes: object = {}) =>
  runConfigSchema.parse({
    seed: 3,
    algorithm: { groupSize: 4, updates: 3, ...algorithm },
    policy: { checkpoint: "bundled:atlas" },
    optimizer: { learningRate: LEARNING_RATE },
    train: { steps: 2, questionsPerStep: QUESTIONS },
    eval: { every: 0 },
    ...changes,
  });

let opened: OpenPolicy;
const untrained = memoryStore();
let root = "";
beforeAll(async () => {
  opened = await openPolicy(configOf({ name: "grpo" }).policy);
  await opened.policy.save(untrained);
  root = mkdtempSync(join(tmpdir(), "aepo-methods-"));
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await opened.close();
});

/** The second of two steps from the bundled policy: what was learnt in the first shows. */
async function secondStep(options: object): Promise<StepOutcome> {
  const config = configOf(options);
  const algorithm = makeAlgorithm(config.algorithm, task);
  const { policy, tokenizer } = opened;
  await policy.load(untrained);
  const reference = algorithm.needs?.includes("reference") === true ? await policy.snapshot() : null;
  const step = (number: number): Promise<StepOutcome> =>
    trainStep({
      task,
      tokenizer,
      policy,
      reference,
      algorithm,
      questionsPerStep: QUESTIONS,
      question: (index) => task.question("train", 40 * number + index),
      seed: 3,
      step: number,
      temperature: 1,
      placeBaselines: [],
      entropyDivisor: 1,
      optimizer: optimizerStep(config.optimizer, LEARNING_RATE),
      gapLevels: gapLevels(config.train.maxLogprobGap, "embedded"),
      overlap: false,
      toolTimeoutMs: 1000,
      clock: systemClock,
      signal: new AbortController().signal,
    });
  await step(1);
  return step(2).finally(() => reference?.dispose());
}

async function learns(options: object): Promise<StepOutcome> {
  const outcome = await secondStep(options);
  expect(outcome.loss).not.toBe(0);
  expect(Number.isFinite(outcome.loss)).toBe(true);
  expect(outcome.gradientNorm).toBeGreaterThan(0);
  expect(outcome.skippedUpdates).toBe(0);
  return outcome;
}

const clippedShare = ({ figures: { clip } }: StepOutcome): number => (clip?.highShare ?? 0) + (clip?.lowShare ?? 0);

describe("two steps", () => {
  it("B-GRPO: tokens are clipped, and their gradient is gone", async () => {
    const outcome = await learns({ name: "grpo" });
    expect(clippedShare(outcome)).toBeGreaterThan(0);
    expect(outcome.figures.clip?.restoredShare).toBe(0);
  });

  it("B-DRGRPO: tokens are clipped", async () => {
    expect(clippedShare(await learns({ name: "dr-grpo" }))).toBeGreaterThan(0);
  });

  it("B-RPP: the distance from the policy it started from is measured and not 0; whole groups are kept", async () => {
    const { figures } = await learns({ name: "reinforce-plus-plus" });
    expect(Math.abs(figures.method?.["referenceKl"] ?? 0)).toBeGreaterThan(0);
    expect(figures.reward.groupsKept).toBe(QUESTIONS);
  });

  it("B-RPPB: the same, and k2 is in the loss", async () => {
    const { figures } = await learns({ name: "reinforce-plus-plus-baseline", referenceKl: 0.1 });
    expect(Math.abs(figures.method?.["referenceKl"] ?? 0)).toBeGreaterThan(0);
    expect(figures.reward.groupsKept).toBe(QUESTIONS);
  });

  it("B-RPP, B-RPPB: β 0 needs no reference", async () => {
    for (const name of ["reinforce-plus-plus", "reinforce-plus-plus-baseline"]) {
      const { figures } = await learns({ name, referenceKl: 0 });
      expect("method" in figures).toBe(false);
      expect(makeAlgorithm(configOf({ name, referenceKl: 0 }).algorithm, task).needs).toBeUndefined();
    }
  });

  it("B-RLOO: whole paths are clipped", async () => {
    expect(clippedShare(await learns({ name: "rloo" }))).toBeGreaterThan(0);
  });

  it("B-DAPO: rounds are counted, and the batch is full", async () => {
    const { figures } = await learns({ name: "dapo", overlong: 0.9 });
    expect(figures.method?.["rounds"]).toBeGreaterThan(0);
    expect(figures.reward.groupsKept).toBe(QUESTIONS);
    expect(figures.method?.["overlongShare"]).toBeGreaterThan(0);
    expect(figures.method?.["overlongPunishment"]).toBeLessThan(0);
  });

  it("B-GSPO: most paths are clipped, since the clip is tight", async () => {
    expect(clippedShare(await learns({ name: "gspo" }))).toBeGreaterThan(0.1);
  });

  it("B-CISPO: bounded weights keep their gradient", async () => {
    const { figures } = await learns({ name: "cispo", clip: { high: 0.2 } });
    expect(figures.clip?.highShare).toBeGreaterThan(0);
    expect(figures.clip?.restoredShare).toBeGreaterThan(0);
  });

  it("B-GPPO: clipped tokens keep their gradient on both sides", async () => {
    const outcome = await learns({ name: "gppo" });
    expect(clippedShare(outcome)).toBeGreaterThan(0);
    expect(outcome.figures.clip?.restoredShare).toBeGreaterThan(0);
  });

  it("B-GIGPO: steps meet in states and get credit of their own", async () => {
    const { figures } = await learns({ name: "gigpo" });
    expect(figures.method?.["sharedStepShare"]).toBeGreaterThan(0);
    expect(figures.method?.["stepAdvantage"]).toBeGreaterThan(0);
  });
});

it("B-RPPB: a run that was stopped goes on to the same bytes: its reference is the policy it started from", async () => {
  const start = (folder: string) =>
    configOf(
      { name: "reinforce-plus-plus-baseline", referenceKl: 0.5, updates: 1 },
      { run: { folder: join(root, folder) } },
    );
  const weights = (folder: string): Buffer =>
    readFileSync(join(root, folder, "checkpoints", checkpointName(2), "model.safetensors"));
  const whole = start("whole");
  await train({ task, config: whole, resolved: whole });
  const halves = start("halves");
  const stop = new AbortController();
  const onRecord = ({ kind }: { kind: string }): void => {
    if (kind === "step") stop.abort(new Error("stopped"));
  };
  const options = { task, config: halves, resolved: halves };
  expect(await rejectionMessage(train({ ...options, signal: stop.signal, onRecord }))).toBe("stopped");
  await train({ ...options, resume: true });
  expect(weights("halves").equals(weights("whole"))).toBe(true);
});

const NO_STATE_KEY = `algorithm.name: gigpo compares steps that start from the same state (B-GIGPO), and the task "atlas" has no stateKey
  expected: stateKey of the task: (question, state) => a text, without counters such as calls used
  to fix: give the task a stateKey, set algorithm.stepWeight to 0 (no step term), or choose an algorithm without state keys, such as grpo`;

it("B-GIGPO: a task without state keys is refused before anything is opened, in training and in a rollout", async () => {
  const { stateKey: _, ...blind } = task;
  const policy = { checkpoint: "bundled:atlas" };
  const settings = { algorithm: { name: "gigpo" as const }, policy };
  const run = { folder: join(root, "refused") };
  const training = { ...settings, optimizer: { learningRate: 1e-3 }, train: { steps: 1 }, run };
  expect(await rejectionMessage(trainApi({ task: blind, ...training }))).toBe(NO_STATE_KEY);
  expect(await rejectionMessage(rollout({ task: blind, ...settings }))).toBe(NO_STATE_KEY);
});

describe("recipes", () => {
  const text = readFileSync(new URL("../../recipes/atlas.yaml", import.meta.url), "utf8");
  const read = (...overrides: string[]) => readConfig({ name: "atlas.yaml", text, overrides }, recipeSchema);

  it("a method takes the place of the recipe's by one --set", () => {
    expect(read("algorithm={name: gspo, groupSize: 8}").algorithm).toMatchObject({
      name: "gspo",
      groupSize: 8,
      clip: { low: 3e-4, high: 4e-4 },
    });
    expect(read("algorithm={name: cispo}").algorithm).toMatchObject({ clip: { low: 1, high: 4 } });
    expect(read("algorithm={name: dapo}").algorithm).toMatchObject({
      clip: { low: 0.2, high: 0.28 },
      overlong: 0.2,
      maxDraws: 10,
    });
  });

  it.each([
    [
      "algorithm={name: gigpo, stepWeight: 0, discount: 0.9}",
      "algorithm.stepWeight: stepNorm and discount have no effect when stepWeight is 0",
    ],
    ["algorithm={name: dapo, maxDraws: 0}", "algorithm.maxDraws: Too small: expected number to be >0"],
    ["algorithm={name: dapo, overlong: 2}", "algorithm.overlong: Too big: expected number to be <=1"],
    ["algorithm={name: rloo, groupSize: 1}", "algorithm.groupSize: Too small: expected number to be >=2"],
  ])("%s is refused", (assignment, message) => {
    expect(thrownMessage(() => read(assignment))).toBe(`--set ${assignment}: ${message}`);
  });

  it("an option that a method ignores is an unknown key that lists the known ones", () => {
    expect(thrownMessage(() => read("algorithm={name: gspo, overlong: 0.1}"))).toBe(
      '--set algorithm={name: gspo, overlong: 0.1}: unknown key "algorithm.overlong"\n  known here: name, groupSize, updates, minibatch, truncated, clip, klWeight, entropyBonus',
    );
  });
});
