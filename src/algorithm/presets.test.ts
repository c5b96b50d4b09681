import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import type { TurnScript } from "../rollout/scripted-turns.ts";
import { growSmall, look } from "../rollout/testing/small-world.ts";
import { randomStream } from "../std/random.ts";
import { recipeSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { measureStep, type UpdateOutcome } from "./measure.ts";
import { dealMinibatches } from "./minibatch.ts";
import { unscored } from "./needs.ts";
import { PRESETS, writtenOut } from "./presets.ts";
import { sketchTask } from "./testing/sketch-task.ts";

// Question 0: three tool steps, ΔH = 0.1 but for the first one of every other root; P = 0.52, and 0.494 at l = 1. Question 1:
// H_root above H_tool, so m is larger. Every other path answers rightly.
const script: TurnScript = ({ question, path, turn, root }) => {
  const [first, steps] = root === null ? [-1, 1] : [0, 3];
  const low = turn === first || (turn === 1 && (root ?? 0) % 2 === 1);
  const entropy = question === 0 ? (low ? 0 : 0.1) : turn === first ? 2 : 0;
  return { entropy, text: turn < steps ? look : `<answer> ${path % 2 === 0 ? "y" : "x"} </answer>` };
};

/** Which of the four mechanisms acted in a step whose log-probabilities all rise by 1. */
async function acting(options: object): Promise<Record<string, boolean>> {
  const algorithm = makeAlgorithm(algorithmSchema.parse({ groupSize: 12, ...options }), {
    ...sketchTask,
    entropyWindow: { tokens: 20, skip: 0 },
  });
  const trees = await growSmall(script, { rules: algorithm.growth, questions: 2 });
  const credits = algorithm.credit(
    trees.filter((tree) => algorithm.keep(tree)),
    unscored,
  );
  const updates = dealMinibatches(algorithm, credits, randomStream(1)).map((minibatch): UpdateOutcome => {
    const logprobs = minibatch.trees.flatMap(({ paths }) => paths.map((path) => path.oldLogprobs.map((x) => x + 1)));
    const report = { loss: 0, logprobs, entropies: [], tokens: 1 };
    return { minibatch, report, optimizer: { gradientNorm: 1, skipped: false } };
  });
  const tokenizer = { token: (id: number) => String(id) };
  const { budget, branch, clip, factor } = measureStep({ algorithm, trees, credits, updates, tokenizer });
  return {
    premonitor: budget.mStd > 0,
    penalty: branch.denied > 0,
    stopGradient: (clip?.restoredShare ?? 0) > 0,
    entropyFactor: (factor?.std ?? 0) > 0,
  };
}

const ALL = { premonitor: true, penalty: true, stopGradient: true, entropyFactor: true };

describe("AEPO without one mechanism", () => {
  it("B-AEPO: with none left out all four act", async () => {
    expect(await acting({ name: "aepo" })).toEqual(ALL);
  });

  it.each([
    ["aepo-no-premonitor", "premonitor"],
    ["aepo-no-penalty", "penalty"],
    ["aepo-no-stop-gradient", "stopGradient"],
    ["aepo-no-entropy-factor", "entropyFactor"],
  ] as const)("B-AEPO: %s: %s is off and the other three act", async (preset, mechanism) => {
    expect(await acting({ preset })).toEqual({ ...ALL, [mechanism]: false });
    // It is a configuration of the same record.
    expect(algorithmSchema.parse({ preset })).toEqual(algorithmSchema.parse(PRESETS[preset]));
  });
});

describe("the released code", () => {
  it("B-AEPO: departs from the paper in all it is known to", () => {
    const options = algorithmSchema.parse({ preset: "aepo-reference" });
    const algorithm = makeAlgorithm(options, sketchTask);
    const { growth, mechanisms } = algorithm;
    expect(growth.departures).toEqual({
      topK: 10,
      beforeCall: true,
      placeBaselines: true,
      noise: true,
      atLeast: true,
      counter: "batch",
      fillOneByOne: true,
    });
    expect([growth.probe, growth.budget(null), growth.entropyTokens, growth.entropySkip]).toEqual(["none", 8, 20, 0]);
    expect([algorithm.gradientFactor(3.1, -1), algorithm.gradientFactor(9, 1)]).toEqual([0, 1.2]);
    expect(algorithm.reduction([3, 1, 2])).toEqual([2 / 3 / 4, 2 / 3 / 4, 1 / 3 / 2]);
    expect(mechanisms).toMatchObject({ premonitor: false, penalty: true, stopGradient: true, entropyAdvantage: false });
  });

  it("B-AEPO: with its two idle mechanisms on, in its own form", () => {
    const full = makeAlgorithm(algorithmSchema.parse({ preset: "aepo-reference-full" }), sketchTask);
    // ⌊16·σ(0.5·(1 − mean(1, 2, 6)))⌋ + 1 = ⌊16·σ(−1)⌋ + 1.
    expect([full.growth.probe, full.growth.budget({ rootEntropy: 1, toolEntropies: [2, 6] })]).toEqual(["discard", 5]);
    // H_root is measured apart: the mean over the steps has the first one's own.
    const apart = { rootEntropy: 1, firstEntropy: 4, toolEntropies: [2, 6] };
    expect(full.growth.budget(apart)).toBe(3);
    expect(full.growth.departures).toMatchObject({ rootTokens: 50 });
    expect(full.mechanisms).toMatchObject({ premonitor: true, entropyAdvantage: true });
    expect(full.dealt).toBeDefined();
  });

  it("B-AEPO: its presets are valid configurations that read back as they are written", () => {
    for (const preset of ["aepo-reference", "aepo-reference-full"] as const) {
      const resolved = algorithmSchema.parse({ preset });
      expect(algorithmSchema.parse(JSON.parse(JSON.stringify(resolved)))).toEqual(resolved);
      expect(resolved).toMatchObject(PRESETS[preset]);
    }
  });

  it("B-AEPO: grows, credits and deals a step", async () => {
    for (const preset of ["aepo-reference", "aepo-reference-full"]) {
      const seen = await acting({ preset, entropyScale: "nats" });
      expect(seen).toMatchObject({ stopGradient: true, entropyFactor: preset === "aepo-reference-full" });
    }
  });
});

describe("a preset", () => {
  const text = readFileSync(new URL("../../recipes/quickstart.yaml", import.meta.url), "utf8");
  const read = (overrides: readonly string[], recipe = text) =>
    readConfig({ name: "r.yaml", text: recipe, overrides: writtenOut(overrides) }, recipeSchema).algorithm;
  const within = (algorithm: string) => text.replace(/algorithm:\n( {2}.*\n)+/, `algorithm: ${algorithm}\n`);

  it("is checked as any algorithm is, and options beside it go before its own", () => {
    expect(read([], within("{preset: aepo-no-penalty, groupSize: 8, branch: {width: 2}}"))).toMatchObject({
      name: "aepo",
      groupSize: 8,
      branch: { penalty: 0, width: 2 },
    });
    expect(read([], within("{preset: aepo-no-penalty, branch: {penalty: 0.1}}"))).toMatchObject({
      branch: { penalty: 0.1 },
    });
  });

  it("goes over a recipe's options with --set, and a later --set over it", () => {
    expect(read(["algorithm.branch.penalty=0.3", "algorithm.preset=aepo-no-penalty"])).toMatchObject({
      groupSize: 12,
      entropyScale: "spread",
      branch: { penalty: 0 },
    });
    expect(read(["algorithm.preset=aepo-no-penalty", "algorithm.branch.penalty=0.3"])).toMatchObject({
      branch: { penalty: 0.3 },
    });
    expect(read(["algorithm.preset=aepo-reference", "algorithm.branch.entropyWeight=0.5"])).toMatchObject({
      groupSize: 12,
      entropyScale: "logV",
      branch: { entropyWeight: 0.5, base: "uniform" },
    });
    // What the recipe says of the probe would have no effect without one.
    expect(read(["algorithm.budget.sensitivity=2", "algorithm.preset=aepo-no-premonitor"])).toMatchObject({
      budget: { premonitor: false },
    });
  });

  const names = Object.keys(PRESETS).join(", ");

  it.each([
    [
      "algorithm.preset=aepo-no-clip",
      `--set algorithm.preset=aepo-no-clip: algorithm.preset: there is no preset "aepo-no-clip"; there are: ${names}`,
    ],
    ["algorithm.preset=3", `--set algorithm.preset=3: algorithm.preset: there is no preset 3; there are: ${names}`],
    [
      "algorithm={preset: aepo-no-penalty, branch: {pealty: 1}}",
      '--set algorithm={preset: aepo-no-penalty, branch: {pealty: 1}}: unknown key "algorithm.branch.pealty"',
    ],
    [
      "algorithm={preset: aepo-no-premonitor, budget: {sensitivity: 1}}",
      "--set algorithm={preset: aepo-no-premonitor, budget: {sensitivity: 1}}: algorithm.budget.premonitor: sensitivity, rootTokens, probe, rounding and average have no effect when premonitor is false",
    ],
  ])("%s is refused", (assignment, message) => {
    expect(thrownMessage(() => read([assignment]))).toBe(message);
  });
});
