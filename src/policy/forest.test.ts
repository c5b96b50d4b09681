import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  add,
  clamp,
  exp,
  gatherRows,
  minimum,
  mul,
  neg,
  scatterAddRows,
  stopGradient,
  sub,
  sum,
} from "../engine/ops.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { modelConfigSchema } from "./config.ts";
import { embeddedPolicy } from "./embedded.ts";
import { packForest } from "./forest.ts";
import type { Loss } from "./loss.ts";
import { cutMicroBatches, depthFirst } from "./micro-batches.ts";
import type { LossPath, LossReport, LossTree } from "./policy.ts";

const V = 13;
const TINY = modelConfigSchema.parse({
  vocab_size: V,
  hidden_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  intermediate_size: 16,
  max_position_embeddings: 256,
  embedding_scale: 30,
});

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

/** A clipped surrogate with an entropy term and a term by path: everything a loss may use. */
const everything: Loss = {
  key: "everything",
  build: ({ logprobs_N, entropies_N, oldLogprobs_N, advantages_N, weights_N, path_N, pathCount }) => {
    const ratio = exp(sub(logprobs_N, oldLogprobs_N));
    const surrogate = minimum(mul(ratio, advantages_N), mul(clamp(ratio, 0.8, 1.2), advantages_N));
    const byPath = scatterAddRows(mul(logprobs_N, weights_N), path_N, pathCount);
    const pathTerm = mul(stopGradient(gatherRows(byPath, path_N)), logprobs_N);
    return neg(sum(mul(add(add(surrogate, mul(entropies_N, 0.3)), pathTerm), weights_N), [0]));
  },
};

interface Grown {
  readonly tree: LossTree;
  /** Every path with tokens of its own. */
  readonly paths: readonly LossTree[];
}

/** A random tree by numbers: each segment hangs on an earlier token; about half the tokens of a path are trained. */
const grownTree: fc.Arbitrary<Grown> = fc
  .record({
    segments: fc.array(fc.record({ from: fc.nat(), length: fc.integer({ min: 1, max: 90 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
    seed: fc.nat(),
  })
  .map(({ segments, seed }) => {
    let state = seed + 1;
    const draw = (count: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * count);
    };
    const [ids, parents, leaves]: [number[], number[], number[]] = [[], [], []];
    for (const { from, length } of segments) {
      const start = ids.length === 0 ? -1 : from % ids.length;
      for (let i = 0; i < length + (start < 0 ? 1 : 0); i++) {
        parents.push(i === 0 ? start : ids.length - 1);
        ids.push(draw(V));
      }
      leaves.push(ids.length - 1);
    }
    const wholePaths = leaves.map((leaf) => walk(parents, leaf));
    const trained = ids.map(() => draw(2) === 0);
    const paths = wholePaths.map((walked, index): LossPath => {
      const tokens = walked.slice(1).filter((token) => trained[token]);
      const advantage = index % 2 === 0 ? 1 : -0.7;
      return {
        leaf: walked.at(-1) ?? 0,
        tokens: Int32Array.from(tokens),
        oldLogprobs: Float32Array.from(tokens, (token) => -2.5 - (token % 3) * 0.2),
        advantages: new Float32Array(tokens.length).fill(advantage),
        weights: new Float32Array(tokens.length).fill(0.05),
      };
    });
    const tree = {
      ids: Int32Array.from(ids),
      parents: Int32Array.from(parents),
      paths,
    };
    return { tree, paths: paths.map((path) => ownTree(tree, path)) };
  });

function walk(parents: readonly number[] | Int32Array, leaf: number): number[] {
  const walked: number[] = [];
  for (let i = leaf; i >= 0; i = parents[i] ?? -1) walked.push(i);
  return walked.reverse();
}

function ownTree({ ids, parents }: LossTree, path: LossPath): LossTree {
  const walked = walk(parents, path.leaf);
  const place = new Map(walked.map((token, i) => [token, i]));
  return {
    ids: Int32Array.from(walked, (token) => ids[token] ?? 0),
    parents: Int32Array.from(walked, (_, i) => i - 1),
    paths: [
      {
        ...path,
        leaf: walked.length - 1,
        tokens: path.tokens.map((token) => place.get(token) ?? -1),
      },
    ],
  };
}

describe("tree training", () => {
  it("AEPO-L6: on random trees every parameter's gradient is that of training the paths one by one", async () => {
    const policies = await Promise.all(
      [{}, { microBatchTokens: 100 }, { recompute: true }, {}].map((options) =>
        embeddedPolicy({ runtime, config: TINY, seed: 2, microBatchTokens: 4096, ...options }),
      ),
    );
    // The second cuts trees between their paths, the third computes its blocks twice.
    const [single, together] = [policies.at(-1), policies.slice(0, -1)];
    if (single === undefined) throw new Error("four policies");
    await fc.assert(
      fc.asyncProperty(fc.array(grownTree, { minLength: 1, maxLength: 3 }), async (grown) => {
        const trees = grown.map(({ tree }) => tree);
        const reports: LossReport[] = [];
        for (const policy of together) reports.push(await policy.accumulate(trees, everything, 0.9));
        const logprobs: Float32Array[] = [];
        for (const { paths } of grown) {
          for (const path of paths) logprobs.push(...(await single.accumulate([path], everything, 0.9)).logprobs);
        }
        for (const report of reports) {
          for (const [i, found] of report.logprobs.entries()) {
            expect(found.length).toBe(logprobs[i]?.length);
            for (const [j, x] of found.entries()) expect(x).toBeCloseTo(logprobs[i]?.[j] ?? Number.NaN, 4);
          }
        }
        const wanted = await single.learner.readGradient();
        for (const policy of together) {
          for (const [name, { data }] of await policy.learner.readGradient()) {
            const reference = wanted.get(name)?.data ?? new Float32Array();
            const difference = Math.hypot(...data.map((x, i) => x - (reference[i] ?? Number.NaN)));
            expect(difference, name).toBeLessThanOrEqual(1e-5 * Math.hypot(...reference) + 1e-9);
          }
        }
        const clear = {
          learningRate: 0,
          beta1: 0,
          beta2: 0,
          epsilon: 1,
          weightDecay: 0,
          maxGradientNorm: 1,
        };
        for (const policy of policies) await policy.step(clear);
      }),
      { numRuns: 12, seed: 11 },
    );
    for (const policy of policies) await policy.dispose();
  }, 120_000);

  it("AEPO-L6: a shared prefix is computed once", () => {
    // 50 shared tokens and two forks of 10; the last token of each path is only a target.
    const parents = Int32Array.from({ length: 70 }, (_, i) => (i === 60 ? 49 : i - 1));
    const path = (leaf: number, tokens: readonly number[]): LossPath => ({
      leaf,
      tokens: Int32Array.from(tokens),
      oldLogprobs: new Float32Array(tokens.length),
      advantages: new Float32Array(tokens.length),
      weights: new Float32Array(tokens.length),
    });
    const tree = {
      ids: new Int32Array(70),
      parents,
      paths: [path(59, [40, 59]), path(69, [40, 60, 69])],
    };
    const [pieces = []] = cutMicroBatches([tree], 1000);
    const forest = packForest([tree], pieces, [1]);
    expect(forest.tokens).toBe(68);
    // Token 40 is scored once for both paths.
    expect(forest.paths.map(({ scored }) => [...scored])).toEqual([
      [0, 1],
      [0, 2, 3],
    ]);
  });
});

describe("cutMicroBatches", () => {
  it("keeps whole paths together and stays within the limit where it can", () => {
    fc.assert(
      fc.property(fc.array(grownTree, { maxLength: 6 }), fc.integer({ min: 20, max: 400 }), (grown, limit) => {
        const trees = grown.map(({ tree }) => tree);
        const pieces = cutMicroBatches(trees, limit).flat();
        const seen = pieces.flatMap(({ tree, paths }) => paths.map((path) => `${tree}/${path}`)).sort();
        const wanted = trees.flatMap(({ paths }, tree) =>
          paths.flatMap(({ tokens }, path) => (tokens.length > 0 ? [`${tree}/${path}`] : [])),
        );
        expect(seen).toEqual(wanted.sort());
        for (const batch of cutMicroBatches(trees, limit)) {
          const total = batch.reduce((sumSoFar, { tokens }) => sumSoFar + tokens, 0);
          expect(total <= limit || batch.length === 1).toBe(true);
        }
        for (const { tokens, paths } of pieces) expect(tokens <= limit || paths.length === 1).toBe(true);
      }),
    );
  });
});

describe("depthFirst", () => {
  it("gives intervals that say who is an ancestor of whom", () => {
    fc.assert(
      fc.property(grownTree, ({ tree: { parents } }) => {
        const { enter, exit } = depthFirst(parents, new Uint8Array(parents.length).fill(1));
        expect([...enter].sort((a, b) => a - b)).toEqual([...enter.keys()]);
        const queries = [...parents.keys()].filter((i) => i % 7 === 0);
        for (const query of queries) {
          const ancestors = new Set(walk(parents, query));
          for (const token of parents.keys()) {
            const [place, first, end] = [enter[query] ?? -1, enter[token] ?? 0, exit[token] ?? 0];
            expect(first <= place && place < end).toBe(ancestors.has(token));
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
