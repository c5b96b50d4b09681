/** Synthetic histories: what each detector says, and that a healthy run is left alone. Real collapses: collapse.test.ts. */
import { describe, expect, it } from "vitest";
import type { StepFigures } from "../../algorithm/figures.ts";
import type { StepRecord } from "../../run/records.ts";
import { diagnose } from "./diagnose.ts";

interface Vitals {
  readonly reward: number;
  readonly correct: number;
  readonly format: number;
  readonly flat: number;
  readonly entropy: number;
  readonly written: number;
  readonly empty: number;
  /** Null: no update. */
  readonly clipped: number | null;
}

const HEALTHY: Vitals = {
  reward: 0.2,
  correct: 0.2,
  format: 0.98,
  flat: 0.5,
  entropy: 0.06,
  written: 40,
  empty: 0.05,
  clipped: 0.01,
};

function record(step: number, vitals: Vitals): StepRecord {
  const { reward, correct, format, flat, entropy, written, empty, clipped } = vitals;
  const figures = {
    reward: { mean: reward, correctShare: correct, formatShare: format, flatGroupShare: flat },
    entropy: { policy: entropy, afterResult: null },
    length: { writtenPerPath: written, emptyShare: empty },
    clip: clipped === null ? null : { highShare: clipped / 2, lowShare: clipped / 2 },
  };
  return { kind: "step", step, figures: figures as unknown as StepFigures } as StepRecord;
}

/** Twenty steps; what changes does so over the last twelve. */
function history(end: Partial<Vitals>, start: Partial<Vitals> = {}): StepRecord[] {
  const [first, last] = [
    { ...HEALTHY, ...start },
    { ...HEALTHY, ...start, ...end },
  ];
  return Array.from({ length: 20 }, (_, i) => {
    const share = Math.min(1, Math.max(0, (i - 8) / 8));
    const between = (key: keyof Vitals): number => (first[key] ?? 0) + share * ((last[key] ?? 0) - (first[key] ?? 0));
    const keys = Object.keys(HEALTHY) as (keyof Vitals)[];
    return record(i + 1, Object.fromEntries(keys.map((key) => [key, between(key)])) as unknown as Vitals);
  });
}

describe("a healthy run is left alone", () => {
  it.each<[string, Partial<Vitals>, Partial<Vitals>?]>([
    ["one that does not move", {}],
    [
      "the quickstart: reward and length rise, entropy falls by half",
      { reward: 0.8, correct: 0.8, written: 96, entropy: 0.03 },
    ],
    ["one that becomes sure of itself: entropy nearly gone", { reward: 0.95, correct: 0.95, entropy: 0.002 }],
    ["one that is solved: nothing left to learn", { reward: 1, correct: 1, flat: 1, entropy: 0.001 }],
    ["one that learns to be brief", { reward: 0.5, correct: 0.5, written: 12 }],
    ["one whose answers never had the format", {}, { format: 0 }],
  ])("%s", (_name, end, start = {}) => {
    expect(diagnose(history(end, start))).toEqual([]);
  });

  it("one whose method learns from groups of equal rewards, too", () => {
    const steps = history({ flat: 1, reward: 0, correct: 0 }).map((step) => {
      const reward = { ...step.figures.reward, groups: 8, groupsKept: 8 };
      return { ...step, figures: { ...step.figures, reward } };
    });
    expect(diagnose(steps)).toEqual([]);
  });

  it("one that has just begun", () => {
    expect(diagnose(history({ format: 0 }).slice(-7))).toEqual([]);
  });
});

describe("what kills it is named, with the numbers", () => {
  const found = (end: Partial<Vitals>, start?: Partial<Vitals>): string[] =>
    diagnose(history(end, start)).map(({ cause, message }) => `${cause}: ${message}`);

  it("groups without a spread", () => {
    expect(found({ flat: 1, reward: 0, correct: 0 })).toEqual([
      "no-spread: in 4 steps at least 95 % of the groups had equal rewards (correct: 0 %): there is nothing to learn from; ask easier questions, begin from a longer cold start, or sample larger groups",
    ]);
  });

  it("entropy that falls for nothing", () => {
    expect(found({ entropy: 0.004 })).toEqual([
      "entropy-fell: the policy's entropy fell from 0.060 nats to 0.0040 nats and the reward rises no more (0.20, then 0.20): it explores no more; lower the learning rate, or weigh uncertain tokens more",
    ]);
  });

  it("entropy that explodes", () => {
    expect(found({ entropy: 2, reward: 0.05 })).toEqual([
      "entropy-exploded: the policy's entropy rose from 0.060 nats to 2.0 nats while the reward went from 0.20 to 0.05: it is falling apart; lower the learning rate",
    ]);
  });

  it("ratios that drift", () => {
    expect(found({ clipped: 0.4 })).toEqual([
      "ratio-drift: 40 % of the trained tokens are clipped: the policy is far from the one that sampled; lower the learning rate, or make fewer updates a batch",
    ]);
  });

  it("lengths that drift, either way", () => {
    expect(found({ written: 150, reward: 0.1 })).toEqual([
      "length-drift: a path has 150 tokens of the policy instead of 40 and the reward did not rise (0.20 to 0.10): it rambles; punish over-long answers; lower the learning rate",
    ]);
    expect(found({ written: 10, reward: 0.1 })).toEqual([
      "length-drift: a path has 10 tokens of the policy instead of 40 and the reward did not rise (0.20 to 0.10): it gives up early; lower the learning rate",
    ]);
  });

  it("a format that is lost", () => {
    expect(found({ format: 0.3 })).toEqual([
      "format-lost: only 30 % of the paths keep the format (98 % at the beginning): calls and answers can no longer be read; lower the learning rate, or begin from a longer cold start",
    ]);
  });

  it("a reward that pays for empty answers", () => {
    expect(found({ empty: 0.8, reward: 0.6, correct: 0 })).toEqual([
      "empty-answers: 80 % of the paths end without an answer or with an empty one (5 % at the beginning) while the reward went from 0.20 to 0.60: the reward pays for saying nothing; mend it",
    ]);
  });

  it("steps without an update count as such", () => {
    const steps = history({ flat: 1, reward: 0, correct: 0 }).map((step, i) =>
      i < 16 ? step : { ...step, figures: { ...step.figures, clip: null } },
    );
    expect(diagnose(steps).map(({ cause }) => cause)).toEqual(["no-spread"]);
  });

  it("a fall from the best there was counts, even from above the beginning", () => {
    const risen = history({ reward: 0.7, correct: 0.7 });
    const fallen = Array.from({ length: 4 }, (_, i) => record(21 + i, { ...HEALTHY, reward: 0.3, entropy: 0.001 }));
    expect(diagnose([...risen, ...fallen]).map(({ cause }) => cause)).toEqual(["entropy-fell"]);
  });
});
