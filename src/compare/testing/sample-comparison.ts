/** A made-up comparison: methods with known chances on questions of unequal difficulty, for tests and for looking at the report. */
import { sampleRun } from "../../report/testing/sample-run.ts";
import type { StepRecord } from "../../run/records.ts";
import { randomStream } from "../../std/random.ts";
import { recipeSchema } from "../../train/config.ts";
import { type CellResult, curvesOf, figuresOf } from "../cell-result.ts";
import { cellsOf, type Comparison } from "../comparison.ts";

export function sampleComparison(names: readonly string[], seeds: number): Comparison {
  const recipe = recipeSchema.parse({
    task: { name: "atlas" },
    algorithm: { name: "aepo" },
    policy: { checkpoint: "bundled:atlas" },
    optimizer: { learningRate: 4e-4 },
    train: { steps: 30 },
  });
  return {
    format: "aepo-comparison-1",
    methods: names.map((name, i) => ({
      name,
      from: name,
      recipe: { ...recipe, optimizer: { ...recipe.optimizer, learningRate: 1e-4 * (i + 1) } },
    })),
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    budget: { unit: "tokens", amount: 200_000 },
    temperatures: [1, 0.6, 0],
    questions: 40,
    samples: 5,
    k: [1, 5],
    pairs: "first",
  };
}

/** `chance`: of each method, before the seed's luck (deviation `luck`) and the question's difficulty. */
export function sampleCells(
  comparison: Comparison,
  { chance, luck = 0.03, steps = 12 }: { chance: (method: string) => number; luck?: number; steps?: number },
): CellResult[] {
  const records = sampleRun(steps).records.filter((record): record is StepRecord => record.kind === "step");
  return cellsOf(comparison).map(({ method, seed }): CellResult => {
    const random = randomStream(seed, "sample-cell", method);
    const ofSeed = chance(method) + luck * random.normal();
    const evaluations = comparison.temperatures.map((temperature) => {
      const samples = temperature === 0 ? 1 : comparison.samples;
      const correct = Array.from({ length: comparison.questions }, (_, question) => {
        const at = ofSeed + 0.15 * randomStream(0, "difficulty", question).normal();
        return Array.from({ length: samples }, () => random.uniform() < at).filter(Boolean).length;
      });
      return { temperature, samples, correct, formatShare: 0.98, rewardMean: ofSeed };
    });
    return {
      format: "aepo-cell-1",
      method,
      seed,
      steps,
      ended: null,
      spent: { rollouts: 12 * steps, tokens: 6200 * steps, calls: 210 * steps },
      evaluations,
      figures: figuresOf(records),
      curves: curvesOf(records, comparison.budget),
      warnings: [],
      seconds: { training: 60 + random.uniform(), evaluation: 9 },
    };
  });
}
