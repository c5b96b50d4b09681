/** One model's numbers on one device beside PyTorch's, as errors. */
import { join } from "node:path";
import { add, mul, sum } from "../../src/engine/ops.ts";
import type { Runtime } from "../../src/engine/runtime/runtime.ts";
import { openHuggingFaceFolder } from "../../src/models/hugging-face/open-folder.ts";
import type { ModelConfig } from "../../src/policy/config.ts";
import { modelConfigFromFields } from "../../src/policy/config-json.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "../../src/policy/embedded.ts";
import type { Loss } from "../../src/policy/loss.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { Programs } from "../../src/policy/programs.ts";
import type { DeviceTensors } from "../../src/policy/weights.ts";
import { type Golden, GOLDEN_FOLDER, type GoldenSequence, readGolden } from "./golden.ts";
import { sequenceLogits, sequenceTree } from "./logits.ts";
import { normError, worstOf } from "./norm-error.ts";

/** Worst errors, norm-wise; the bound for each is 1e-4. */
export interface Measured {
  readonly logits: number;
  readonly logprobs: number;
  readonly entropies: number;
  /** The worst tensor's; of the loss, too. */
  readonly gradient: number;
  /** Whether greedy decoding gives the same tokens; null where there are none to compare with. */
  readonly greedy: boolean | null;
}

export const BOUND = 1e-4;

export function isWithin({ logits, logprobs, entropies, gradient, greedy }: Measured): boolean {
  return worstOf([logits, logprobs, entropies, gradient]) < BOUND && greedy !== false;
}

export const LIMITS = { microBatchTokens: 128, slots: 4, cacheTokens: 512 };

export async function measureModel(runtime: Runtime, name: string): Promise<Measured> {
  const golden = readGolden(name);
  const { tensors, source, ...files } = await openHuggingFaceFolder(join(GOLDEN_FOLDER, name));
  const config = modelConfigFromFields(files.config);
  const open = (recompute: boolean): Promise<EmbeddedPolicy> =>
    embeddedPolicy({ runtime, config, tensors, source, ...LIMITS, recompute });
  const policy = await open(false);
  const recomputing = await open(true);
  try {
    const scores = await scoreErrors(policy, golden.sequences);
    const gradients = [await gradientError(policy, golden), await gradientError(recomputing, golden)];
    return {
      logits: await logitsError(runtime, config, policy.learner.weights.tensors, golden.sequences),
      ...scores,
      gradient: worstOf(gradients),
      greedy: await isGreedy(policy, golden),
    };
  } finally {
    await policy.dispose();
    await recomputing.dispose();
    await tensors.close();
  }
}

/** `weights`: on the device. */
export async function logitsError(
  runtime: Runtime,
  config: ModelConfig,
  weights: DeviceTensors,
  sequences: readonly GoldenSequence[],
): Promise<number> {
  const programs = new Programs(runtime);
  const errors: number[] = [];
  for (const { ids, logits } of sequences) {
    errors.push(normError(await sequenceLogits(programs, config, weights, ids), logits));
  }
  return worstOf(errors);
}

/** At every temperature of the golden file. */
export async function scoreErrors(
  policy: Policy,
  sequences: readonly GoldenSequence[],
): Promise<Pick<Measured, "logprobs" | "entropies">> {
  const wanted = sequences.flatMap(({ ids, at }) => at.map((each) => ({ ids, ...each })));
  const scores = await policy.score(wanted);
  const worst = (part: "logprobs" | "entropies"): number =>
    worstOf(wanted.map((each, i) => normError(scores[i]?.[part] ?? [], each[part])));
  return { logprobs: worst("logprobs"), entropies: worst("entropies") };
}

/** Σ advantage · logprob + 0.01 · Σ weight · entropy. */
export const goldenLoss: Loss = {
  key: "tiny-models",
  build: ({ logprobs_N, entropies_N, advantages_N, weights_N }) =>
    sum(add(mul(logprobs_N, advantages_N), mul(mul(entropies_N, weights_N), 0.01)), [0]),
};

export async function gradientError(
  policy: EmbeddedPolicy,
  { sequences, gradient }: Golden,
  goldenName: (name: string) => string = (name) => name,
): Promise<number> {
  const ids = sequences[gradient.sequence]?.ids ?? [];
  const count = ids.length - 1;
  const tree = sequenceTree(
    ids,
    gradient.weights.map((weight) => weight / count),
    1 / count,
  );
  const { loss } = await policy.accumulate([tree], goldenLoss, 1);
  const found = await policy.learner.readGradient();
  if (found.size !== gradient.tensors.size) return Number.POSITIVE_INFINITY;
  const errors = [...found].map(([name, { data }]) => normError(data, gradient.tensors.get(goldenName(name)) ?? []));
  return worstOf([...errors, Math.abs(loss / gradient.loss - 1)]);
}

async function isGreedy(policy: Policy, { sequences, greedy }: Golden): Promise<boolean | null> {
  const [first] = sequences;
  if (first === undefined || greedy === null) return null;
  const sampler = policy.openSampler();
  sampler.submit({ id: "greedy", ids: first.ids, stop: [], maxTokens: greedy.length, temperature: 0, seed: 1 });
  const [sample] = await sampler.next();
  await sampler.close();
  return sample?.ids.join() === greedy.join();
}
