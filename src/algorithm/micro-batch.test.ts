import { expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { entropyAware, groupCredit } from "./advantage.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { sketchTask } from "./testing/sketch-task.ts";
import { unscored } from "./needs.ts";
import { microBatchFactors, microBatchMean } from "./micro-batch.ts";
import { dealMinibatches } from "./minibatch.ts";
import { tokenMean } from "./reduction.ts";
import { buildTree } from "./testing/tree-builder.ts";

it("B-AEPO: the loss is each micro-batch's token mean, weighed by its paths, not one token mean", () => {
  // Two paths of 3 and 1 tokens, two of 10 and 10, one of 2: shares 2/5, 2/5, 1/5 over 4, 20 and 2 tokens.
  const lengths = [3, 1, 10, 10, 2];
  expect(microBatchMean(2)(lengths)).toEqual([0.1, 0.1, 0.02, 0.02, 0.1]);
  expect(tokenMean(lengths)).toEqual(new Array<number>(5).fill(1 / 26));
  // One micro-batch of all is the token mean; weights of all tokens always sum to 1.
  expect(microBatchMean(5)(lengths)).toEqual(tokenMean(lengths));
  for (const size of [1, 2, 3, 4]) {
    const total = microBatchMean(size)(lengths).reduce((sum, weight, i) => sum + weight * (lengths[i] ?? 0), 0);
    expect(total).toBeCloseTo(1, 12);
  }
  expect(microBatchMean(1)([0, 4])).toEqual([0, 0.125]);
});

// Entropies 0 and 2 on the first path, 4 and 6 on the second, 1 and 1 on the paths of another question.
const trees = [
  buildTree({
    paths: [
      { turns: [[0, 2]], reward: 1 },
      { turns: [[4, 6]], reward: 0 },
    ],
  }),
  buildTree({
    paths: [
      { turns: [[1]], reward: 1 },
      { turns: [[1]], reward: 0 },
    ],
  }),
];

it("B-AEPO: z of the entropy factor is over the micro-batch instead of the question's group", () => {
  const credits = trees.map((tree) => groupCredit(tree, "train"));
  const factors = (size: number) =>
    microBatchFactors(credits, size, 0.5).flatMap(({ paths }) => paths.map((path) => [...path.factors]));
  const z = (x: number, mean: number, std: number) => Math.fround(1 + (0.5 * (x - mean)) / std);
  // One path each: deviation √2 about means 1 and 5; a single token has none.
  expect(factors(1)).toEqual([
    [z(0, 1, Math.SQRT2), z(2, 1, Math.SQRT2)],
    [z(4, 5, Math.SQRT2), z(6, 5, Math.SQRT2)],
    [1],
    [1],
  ]);
  // Two paths each are the two questions here.
  const groups = credits.map((credit) => entropyAware(credit, 0.5));
  expect(microBatchFactors(credits, 2, 0.5)).toEqual(groups);
  // Three: 0, 2, 4, 6 and 1, mean 2.6, n − 1 variance 23.2/4.
  const std = Math.sqrt(23.2 / 4);
  expect(factors(3)[2]).toEqual([z(1, 2.6, std)]);
});

it("B-AEPO: statistics microBatch weighs what is trained together; group weighs before it is dealt", () => {
  const algorithm = (options: object) =>
    makeAlgorithm(algorithmSchema.parse({ name: "aepo", updates: 1, ...options }), sketchTask);
  const trained = (options: object) => {
    const method = algorithm(options);
    const [batch] = dealMinibatches(method, method.credit(trees, unscored), randomStream(1));
    return batch?.groups.flatMap(({ paths }) => paths.map(({ factors }) => factors));
  };
  const byGroup = trees.flatMap((tree) => entropyAware(groupCredit(tree, "train"), 0.2).paths);
  const all = microBatchFactors(
    trees.map((tree) => groupCredit(tree, "train")),
    4,
    0.2,
  ).flatMap(({ paths }) => paths);
  expect(trained({ microBatch: 4 })).toEqual(byGroup.map(({ factors }) => factors));
  expect(trained({ microBatch: 4, advantage: { statistics: "microBatch" } })).toEqual(
    all.map(({ factors }) => factors),
  );
  expect(algorithm({ microBatch: 4 }).reduction([3, 1])).toEqual([0.25, 0.25]);
  expect(algorithm({ microBatch: 1 }).reduction([3, 1])).toEqual([0.5 / 3, 0.5]);
});
