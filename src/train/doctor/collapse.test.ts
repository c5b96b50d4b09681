/** Real runs of the bundled policy that are made to die, each in its own way, and one that is not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { SMALL_MODEL } from "../../../test/support/small-model.ts";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { atlasTask } from "../../envs/atlas/atlas.ts";
import { defineTask } from "../../envs/define.ts";
import { tagWords } from "../../envs/dialects/tags.ts";
import type { AnyTask } from "../../envs/task.ts";
import { readJournal } from "../../run/journal.ts";
import type { MetricRecord } from "../../run/records.ts";
import { tool } from "../../tools/tool.ts";
import { coldStart } from "../api.ts";
import { runConfigSchema } from "../config.ts";
import { train } from "../train.ts";

// Seconds each where nothing else runs.
vi.setConfig({ testTimeout: 300_000 });

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-collapse-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const atlas = atlasTask();

/** The task with another reward: of the right one, and of whether the path ends without an answer. */
function paying(total: (right: number, isEmpty: boolean) => number): AnyTask {
  return {
    ...atlas,
    async reward(question, transcript) {
      const right = await atlas.reward(question, transcript);
      return { ...right, total: total(right.total, (transcript.answer ?? "") === "") };
    },
  };
}

interface Settings {
  readonly learningRate: number;
  readonly warmup?: number;
  readonly algorithm?: object;
  readonly train?: object;
  readonly steps?: number;
  readonly checkpoint?: string;
}

function run(
  name: string,
  task: AnyTask,
  { learningRate, warmup = 0, algorithm = {}, train: changes, steps = 12, checkpoint = "bundled:atlas" }: Settings,
) {
  const config = runConfigSchema.parse({
    seed: 1,
    algorithm: { name: "grpo", groupSize: 8, updates: 4, ...algorithm },
    policy: { checkpoint },
    optimizer: { learningRate, warmup },
    train: { steps, questionsPerStep: 4, ...changes },
    eval: { every: 0 },
    run: { folder: join(root, name), rolloutsEvery: 0 },
  });
  return train({ task, config, resolved: config });
}

const records = (name: string): MetricRecord[] => readJournal<MetricRecord>(join(root, name, "metrics.jsonl"));

function causes(name: string): string[] {
  return records(name).flatMap((record) =>
    record.kind === "warning" ? (/^collapse \(([a-z-]+)\)/.exec(record.message)?.slice(1) ?? []) : [],
  );
}

const NUMBERS = Array.from({ length: 20 }, (_, i) => `n${i}`);

/** A policy that has learnt to guess is paid for one guess, right or not. */
const guessing = defineTask({
  name: "guess",
  tools: [tool({ name: "ask", description: "Knows nothing.", input: z.string(), execute: () => "?" })],
  vocabulary: ["<pad>", "<q>", "</q>", "?", ...tagWords([{ name: "ask" }]), ...NUMBERS],
  limits: { tokens: 16, calls: 1 },
  question: (_split, index) => ({ prompt: "<q> ? </q>", answers: NUMBERS[index % NUMBERS.length] ?? "" }),
  demonstrate: (_question, random) => ({
    parts: [{ by: "policy", text: `<answer> ${random.pick(NUMBERS)} </answer>` }],
  }),
  reward: ({ answers }, { answer }) => ({
    total: answer === "n3" ? 1 : 0,
    formatOk: answer !== null,
    correct: answers.includes(answer ?? ""),
    parts: {},
  }),
});

describe("a run that dies says of what", () => {
  it.each<[string, AnyTask, Settings]>([
    ["no-spread", paying(() => 0), { learningRate: 4e-4, steps: 8 }],
    ["entropy-exploded", atlas, { learningRate: 6e-4, algorithm: { entropyBonus: 1 } }],
    [
      "ratio-drift",
      atlas,
      { learningRate: 2e-3, algorithm: { updates: 8, clip: { low: 0.003, high: 0.003 } }, steps: 8 },
    ],
    ["format-lost, length-drift", atlas, { learningRate: 3e-3, algorithm: { updates: 8 } }],
    ["empty-answers", paying((right, isEmpty) => (isEmpty ? 2 : right)), { learningRate: 1e-3 }],
  ])("%s", async (cause, task, settings) => {
    await run(cause, task, settings);
    expect(causes(cause)).toEqual(expect.arrayContaining(cause.split(", ")));
  });

  it("entropy-fell", async () => {
    const checkpoint = await coldStart({
      task: guessing,
      model: SMALL_MODEL,
      optimizer: { learningRate: 3e-3, decay: 0.4 },
      sft: { steps: 60 },
      out: join(root, "guessing"),
    });
    await run("entropy-fell", guessing, { checkpoint, learningRate: 1e-3, steps: 60 });
    expect(causes("entropy-fell")).toContain("entropy-fell");
  });

  const DEADLY: Settings = { learningRate: 3e-3, algorithm: { updates: 8 }, steps: 9 };

  it("ends it, if that is wanted, and the checkpoints stay", async () => {
    expect(await rejectionMessage(run("stopped", atlas, { ...DEADLY, train: { onCollapse: "stop" } }))).toMatch(
      /^the run ended at step 8: train\.onCollapse is stop, and training died\n {2}found: collapse \(format-lost\): only \d+ % .*\n {2}to fix: start again/s,
    );
    expect(records("stopped").filter(({ kind }) => kind === "step")).toHaveLength(8);
  });

  it("rolls it back to where it was well, with half the learning rate, and goes on", async () => {
    const rising: Settings = { learningRate: 2.5e-3, warmup: 0.9, algorithm: { updates: 8 } };
    const { state } = await run("rolled", atlas, { ...rising, train: { onCollapse: "rollback" } });
    const all = records("rolled");
    const back = all.find((record) => record.kind === "warning" && record.message.startsWith("rolled back"));
    expect(back).toMatchObject({
      step: 7,
      message: expect.stringMatching(
        /^rolled back from step 11 to step 7, with 0\.5 of the learning rate, because of this: collapse \(ratio-drift\)/,
      ),
    });
    const steps = all.filter((record) => record.kind === "step");
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    const schedule = (step: number): number => (2.5e-3 * step) / (0.9 * 12 + 1);
    for (const { step, learningRate } of steps) {
      expect(learningRate).toBeCloseTo(Math.min(2.5e-3, schedule(step)) * (step > 7 ? 0.5 : 1), 6);
    }
    expect(state).toMatchObject({ step: 12, rollbacks: 1 });
  });

  it("nothing, if it does not die", async () => {
    await run("healthy", atlas, { learningRate: 4e-4 });
    expect(causes("healthy")).toEqual([]);
  });
});
