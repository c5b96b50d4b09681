/** What the measured policies are fed: random token sequences as trees to train on and as prompts to continue. */
import { mul, neg, sum } from "../src/engine/ops.ts";
import type { Loss } from "../src/policy/loss.ts";
import type { LossPath, LossTree, OptimizerStep, Policy, Sample } from "../src/policy/policy.ts";
import type { RandomStream } from "../src/std/random.ts";
import type { Shape } from "./shapes.ts";

/** Cross-entropy, the loss the peers compute too. */
export const crossEntropy: Loss = {
  key: "bench cross-entropy",
  build: ({ logprobs_N, weights_N }) => neg(sum(mul(logprobs_N, weights_N), [0])),
};

export const ADAMW: OptimizerStep = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: 1,
};

export function randomIds(random: RandomStream, count: number, vocabulary: number): number[] {
  return Array.from({ length: count }, () => random.integer(vocabulary));
}

/** Sequences one token longer than the shape says: `tokens` of each go through the model and predict the next one. */
export function sequenceTrees({ model, sequences, tokens }: Shape, random: RandomStream): LossTree[] {
  return Array.from({ length: sequences }, () => {
    const ids = randomIds(random, tokens + 1, model.vocab_size);
    return {
      ids: Int32Array.from(ids),
      parents: Int32Array.from(ids, (_, i) => i - 1),
      paths: [
        trainedPath(
          tokens,
          Int32Array.from({ length: tokens }, (_, i) => i + 1),
          0,
          1 / (sequences * tokens),
        ),
      ],
    };
  });
}

/** The tree of one prompt and its continuations, every continued token trained. */
export function groupTree(
  prompt: readonly number[],
  samples: readonly Sample[],
  advantages: readonly number[],
): LossTree {
  const total = samples.reduce((count, { ids }) => count + ids.length, 0);
  const ids = [...prompt];
  const parents = prompt.map((_, i) => i - 1);
  const paths = samples.map((sample, index): LossPath => {
    const first = ids.length;
    for (const [i, id] of sample.ids.entries()) {
      ids.push(id);
      parents.push(i === 0 ? prompt.length - 1 : first + i - 1);
    }
    const tokens = Int32Array.from(sample.ids, (_, i) => first + i);
    const path = trainedPath(ids.length - 1, tokens, advantages[index] ?? 0, 1 / total);
    return { ...path, oldLogprobs: Float32Array.from(sample.logprobs) };
  });
  return {
    ids: Int32Array.from(ids),
    parents: Int32Array.from(parents),
    paths,
  };
}

function trainedPath(leaf: number, tokens: Int32Array, advantage: number, weight: number): LossPath {
  const all = (value: number): Float32Array => new Float32Array(tokens.length).fill(value);
  return {
    leaf,
    tokens,
    oldLogprobs: all(0),
    advantages: all(advantage),
    weights: all(weight),
  };
}

/** Samples `tokens` new tokens after each prompt in one batch, no stop; in the order of the prompts. */
export async function continueAll(
  policy: Policy,
  prompts: readonly (readonly number[])[],
  tokens: number,
  seed: number,
): Promise<Sample[]> {
  const sampler = policy.openSampler();
  try {
    for (const [index, ids] of prompts.entries()) {
      sampler.submit({
        id: String(index),
        ids,
        stop: [],
        maxTokens: tokens,
        temperature: 1,
        seed: seed * 1000 + index,
      });
    }
    const samples: Sample[] = [];
    while (samples.length < prompts.length) samples.push(...(await sampler.next()));
    return samples.toSorted((a, b) => Number(a.id) - Number(b.id));
  } finally {
    await sampler.close();
  }
}
