/** A made-up run with the sizes that a real one has, for tests and for looking at the report. */
import type { Histogram, StepFigures } from "../../algorithm/figures.ts";
import type { EvalRecord, HeaderRecord, MetricRecord, RolloutRecord, StepRecord } from "../../run/records.ts";
import { type RandomStream, randomStream } from "../../std/random.ts";
import { sampleRollout, sampleTree } from "./sample-tree.ts";

export interface SampleRun {
  readonly header: HeaderRecord;
  readonly config: object;
  readonly records: MetricRecord[];
  readonly rollouts: RolloutRecord[];
}

export const sampleHeader: HeaderRecord = {
  kind: "header",
  task: "atlas",
  algorithm: "aepo",
  seed: 1,
  policy: "qwen3 4×128, 0.82M parameters, bundled:atlas",
  machine: {
    platform: "linux x64",
    cpu: "Example CPU @ 2.60GHz",
    cores: 2,
    memoryGiB: 8,
    node: "v20.19.0",
    device: "cpu",
  },
  startedAt: "2026-01-02T03:04:05.678Z",
};

export const sampleConfig = {
  task: { name: "atlas", hops: [1, 2, 2] },
  seed: 1,
  algorithm: {
    name: "aepo",
    groupSize: 12,
    order: "synchronous",
    decision: "threshold",
    entropyScale: "nats",
    budget: { sensitivity: 0.5, premonitor: true, probe: "keep" },
    branch: {
      base: 0.5,
      entropyWeight: 0.2,
      threshold: 0.5,
      penalty: 0.05,
      width: 1,
    },
    advantage: { entropyWeight: 0.2 },
    clip: { low: 0.2, high: 0.2, stopGradient: true },
    updates: 8,
    minibatch: "paths",
  },
  policy: {
    checkpoint: "bundled:atlas",
    device: "cpu",
    microBatchTokens: 2048,
    slots: 64,
  },
  optimizer: { learningRate: 0.0003, weightDecay: 0, clipNorm: 1 },
  train: { steps: 30, questionsPerStep: 8, temperature: 1 },
  eval: { questions: 200, samples: 5, every: 5, k: [1, 5] },
  run: { folder: "runs/atlas-aepo-1", keep: 2 },
};

/** `skip`: steps whose groups were all flat. */
export function sampleRun(steps: number, skip: readonly number[] = []): SampleRun {
  const random = randomStream(7, "sample-run");
  const records: MetricRecord[] = [sampleHeader, evaluation(0, 0, true)];
  for (let step = 1; step <= steps; step++) {
    const progress = step / Math.max(steps, 2);
    records.push(stepRecord(step, progress, random, skip.includes(step)));
    const last = step === steps;
    if (last || step % Math.max(5, Math.floor(steps / 60)) === 0) records.push(evaluation(step, progress, last));
    if (step === 3)
      records.push({
        kind: "warning",
        step,
        message: "branch.penalty is on but denied no branch in this step: no two branches were made in a row",
      });
  }
  const rollouts = [1, Math.ceil(steps / 2), steps].flatMap((step) =>
    steps === 0
      ? []
      : [0, 1].map((i) =>
          sampleRollout(
            step,
            sampleTree({
              seed: step * 10 + i,
              skill: 0.25 + (0.55 * step) / steps,
            }),
          ),
        ),
  );
  return { header: sampleHeader, config: sampleConfig, records, rollouts };
}

function skillAt(progress: number): number {
  return 0.24 + 0.64 * (1 - Math.exp(-3.2 * progress));
}

export function evaluation(step: number, progress: number, full: boolean): EvalRecord {
  const value = skillAt(progress);
  const half = full ? 0.045 : 0.09;
  const five = Math.min(0.97, 0.5 + 0.52 * (1 - Math.exp(-3.2 * progress)));
  return {
    kind: "eval",
    step,
    split: "test",
    questions: full ? 200 : 100,
    samples: full ? 5 : 1,
    temperature: 1,
    passAtK: [
      {
        k: 1,
        value,
        low: Math.max(0, value - half),
        high: Math.min(1, value + half),
      },
      ...(full
        ? [
            {
              k: 5,
              value: five,
              low: five - 0.06,
              high: Math.min(1, five + 0.05),
            },
          ]
        : []),
    ],
    formatShare: 0.985,
    rewardMean: value * 1.05,
    seconds: full ? 4.2 : 0.8,
  };
}

function stepRecord(step: number, progress: number, random: RandomStream, skipped: boolean): StepRecord {
  return {
    kind: "step",
    step,
    figures: stepFigures(progress, random, skipped),
    updates: skipped ? 0 : 8,
    skippedUpdates: 0,
    loss: skipped ? null : -0.02 * random.uniform(),
    gradientNorm: skipped ? null : 0.4 + 0.2 * random.uniform(),
    learningRate: 0.0003,
    logprobGap: skipped ? null : 2e-6,
    seconds: {
      rollout: 0.7 + 0.1 * random.uniform(),
      update: skipped ? 0.01 : 0.9 + 0.1 * random.uniform(),
    },
  };
}

function stepFigures(progress: number, random: RandomStream, skipped: boolean): StepFigures {
  const noisy = (value: number, noise = 0.08): number => Math.max(0, value * (1 + noise * random.normal()));
  const skill = Math.min(1, noisy(skillAt(progress)));
  const decay = Math.exp(-1.1 * progress);
  const generated = Math.round(noisy(6200));
  return {
    reward: {
      mean: skill * 1.06,
      std: 0.45,
      correctShare: skill,
      formatShare: Math.min(1, noisy(0.985, 0.01)),
      flatGroupShare: skipped ? 1 : Math.min(1, noisy(0.2 + 0.25 * progress)),
      groups: 8,
      groupsKept: skipped ? 0 : 6,
    },
    budget: {
      mMean: noisy(5.6, 0.03),
      mStd: noisy(0.35),
      m: Array.from({ length: 8 }, () => 5 + random.integer(3)),
      rootEntropyMean: 0.02,
      toolEntropyMean: 0.16,
    },
    branch: {
      branches: Math.round(noisy(44)),
      decisions: 190,
      perGroup: noisy(0.46),
      top1: Math.min(1, noisy(0.36)),
      top3: Math.min(1, noisy(0.78)),
      top1Null: Math.min(1, noisy(0.34, 0.02)),
      top3Null: Math.min(1, noisy(0.76, 0.02)),
      rootsHit: 4.2,
      consecutiveShare: Math.min(1, noisy(0.12)),
      denied: Math.round(noisy(9, 0.4)),
      runLengths: [31, 5, 1],
      deltaEntropy: histogram(-0.1, 0.6, [2, 9, 21, 38, 41, 30, 18, 12, 9, 5, 3, 2, 0, 1]),
      probability: histogram(0.4, 0.62, [1, 3, 8, 20, 44, 58, 30, 14, 8, 3, 1]),
      deltaByTool: { search: 0.142, open: 0.081 },
      deltaByTurn: [0.19, 0.121, 0.088, 0.06],
      toolEntropySpread: 0.11,
    },
    clip: skipped
      ? null
      : {
          pathTokens: 5200,
          highShare: noisy(0.0021, 0.3),
          lowShare: noisy(0.0009, 0.3),
          highEntropy: noisy(0.62 * decay, 0.1),
          lowEntropy: noisy(0.41 * decay, 0.1),
          allEntropy: noisy(0.058 * decay),
          restoredShare: noisy(0.031, 0.3),
          mostClipped: ["birthplace", "missing", "find", "Vor", "mayor", "wrong", "<open>"].map((token, i) => ({
            token,
            clipped: 9 - i,
            trained: 120 + 30 * i,
          })),
        },
    factor: skipped ? null : { mean: 1, std: noisy(0.19), min: 0.93, max: noisy(2.6), bounded: 0 },
    entropy: { policy: noisy(0.06 * decay), afterResult: noisy(0.166 * decay) },
    diversity: {
      distinctAnswers: noisy(4.2 * decay),
      distinctCallSequences: noisy(6.1 * decay),
      duplicatePaths: noisy(1.2 + progress),
    },
    length: { writtenPerPath: noisy(60), emptyShare: 0.02 },
    ledger: {
      generated,
      shared: Math.round(generated * 0.21),
      trained: Math.round(generated * 1.1),
      toolCalls: Math.round(noisy(210)),
      toolCallsSaved: Math.round(noisy(34)),
      ends: { answer: 90, "token-limit": 4, invalid: 2 },
    },
    warnings: [],
  };
}

function histogram(low: number, high: number, counts: readonly number[]): Histogram {
  return {
    counts,
    edges: Array.from({ length: counts.length + 1 }, (_, i) => low + ((high - low) * i) / counts.length),
  };
}
