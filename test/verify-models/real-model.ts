/** A real pretrained model beside transformers' numbers, which are fewer than a tiny model's: they have to be short. */
import { openRuntime } from "../../src/engine/runtime/node.ts";
import { openGguf } from "../../src/models/gguf/open-gguf.ts";
import { REAL_MODEL, type RealGolden, realGolden } from "../../src/models/gguf/testing/real-model.ts";
import type { ModelConfig } from "../../src/policy/config.ts";
import { modelConfigFromFields } from "../../src/policy/config-json.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "../../src/policy/embedded.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { Programs } from "../../src/policy/programs.ts";
import { sequenceLogits, sequenceTree } from "./logits.ts";
import { goldenLoss, type Measured } from "./measure.ts";
import { normError, worstOf } from "./norm-error.ts";

export async function measureRealModel(): Promise<Measured> {
  const runtime = await openRuntime({ threads: 2 });
  const { tensors, source, ...files } = await openGguf(REAL_MODEL);
  const config = modelConfigFromFields(files.config);
  const limits = { microBatchTokens: 256, slots: 4, cacheTokens: 1024 };
  const policy = await embeddedPolicy({ runtime, config, tensors, source, ...limits });
  await tensors.close();
  try {
    const golden = realGolden();
    return {
      logits: await logitsError(new Programs(runtime), config, policy, golden),
      ...(await scoreErrors(policy, golden)),
      greedy: await isGreedy(policy, golden),
      gradient: await gradientError(policy, golden),
    };
  } finally {
    await policy.dispose();
    await runtime.close();
  }
}

/** Of the eight largest after the last token. */
async function logitsError(
  programs: Programs,
  config: ModelConfig,
  policy: EmbeddedPolicy,
  { scored }: RealGolden,
): Promise<number> {
  const errors: number[] = [];
  for (const { ids, lastLogitsTop8: top } of scored) {
    if (top === undefined) continue;
    const weights = policy.learner.weights.tensors;
    const logits = await sequenceLogits(programs, config, weights, ids);
    const last = logits.subarray(-config.vocab_size);
    errors.push(
      normError(
        top.ids.map((id) => last[id] ?? Number.NaN),
        top.logits,
      ),
    );
  }
  return worstOf(errors);
}

async function scoreErrors(policy: Policy, { scored }: RealGolden): Promise<Pick<Measured, "logprobs" | "entropies">> {
  const rows = scored.filter(({ logprobs }) => logprobs !== undefined);
  const scores = await policy.score(rows.map(({ ids }) => ({ ids, temperature: 1 })));
  return {
    logprobs: worstOf(rows.map(({ logprobs = [] }, i) => normError(scores[i]?.logprobs ?? [], logprobs))),
    entropies: worstOf(
      rows.map(({ entropies = [] }, i) => normError(scores[i]?.entropies ?? [], entropies.slice(0, -1))),
    ),
  };
}

async function isGreedy(policy: Policy, { chats }: RealGolden): Promise<boolean> {
  const sampler = policy.openSampler();
  for (const [i, { ids, greedy }] of chats.entries()) {
    sampler.submit({ id: String(i), ids, stop: [[2]], maxTokens: greedy.length, temperature: 0, seed: 1 });
  }
  const found = new Map<string, readonly number[]>();
  for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) {
    for (const { id, ids } of some) found.set(id, ids);
  }
  await sampler.close();
  return chats.every(({ greedy }, i) => found.get(String(i))?.join() === greedy.join());
}

/** Of the mean next-token loss: each tensor's norm, and its first numbers beside its largest. */
async function gradientError(policy: EmbeddedPolicy, { scored, gradient }: RealGolden): Promise<number> {
  const ids = scored.find(({ text }) => text === gradient.text)?.ids ?? [];
  const count = ids.length - 1;
  const { loss } = await policy.accumulate(
    [sequenceTree(ids, Array<number>(count).fill(-1 / count), 0)],
    goldenLoss,
    1,
  );
  const found = await policy.learner.readGradient();
  const errors = Object.entries(gradient.tensors).map(([name, { norm, first4, maxAbs }]) => {
    const data = found.get(name)?.data ?? new Float32Array();
    const first = first4.map((x, i) => Math.abs(x - (data[i] ?? Number.NaN)) / maxAbs);
    return worstOf([normError([Math.sqrt(data.reduce((sum, x) => sum + x * x, 0))], [norm]), ...first]);
  });
  return worstOf([...errors, Math.abs(loss / gradient.loss - 1)]);
}
