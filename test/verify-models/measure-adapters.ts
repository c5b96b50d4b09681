/** Adapters of PEFT, loaded into our LoRA beside the model they were made for: their numbers, and those of both merged. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../../src/engine/runtime/runtime.ts";
import { openHuggingFaceFolder } from "../../src/models/hugging-face/open-folder.ts";
import { openAdapters } from "../../src/policy/adaptation.ts";
import { memoryStore } from "../../src/policy/blob-store.ts";
import type { ModelConfig } from "../../src/policy/config.ts";
import { modelConfigFromFields } from "../../src/policy/config-json.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "../../src/policy/embedded.ts";
import { mergedReader } from "../../src/policy/merged-reader.ts";
import { parameterShapes } from "../../src/policy/parameters.ts";
import { ADAPTER, ADAPTER_CONFIG, loraFromAdapterConfig, peftName } from "../../src/policy/peft.ts";
import type { TensorReader } from "../../src/policy/tensor-reader.ts";
import { uploadAll } from "../../src/policy/weights.ts";
import { GOLDEN_FOLDER, type GoldenSequence, readGolden } from "./golden.ts";
import { gradientError, LIMITS, logitsError, type Measured, scoreErrors } from "./measure.ts";
import { worstOf } from "./norm-error.ts";

export async function measureAdapters(runtime: Runtime, name: string): Promise<Measured> {
  const golden = readGolden(name);
  const file = (part: string): Uint8Array => readFileSync(join(GOLDEN_FOLDER, name, part));
  const lora = loraFromAdapterConfig(new TextDecoder().decode(file(ADAPTER_CONFIG)));
  const { tensors, source, ...base } = await openHuggingFaceFolder(join(GOLDEN_FOLDER, golden.model ?? ""));
  const config = modelConfigFromFields(base.config);
  const trained = await openAdapters(config, lora, memoryStore(new Map([[ADAPTER, file(ADAPTER)]])));
  const adapters = { lora, seed: 1 };
  const policy = await embeddedPolicy({ runtime, config, tensors, source, adapters, ...LIMITS });
  try {
    await loadAdapters(
      policy,
      [ADAPTER, ADAPTER_CONFIG].map((part) => [part, file(part)] as const),
    );
    // What is sampled and scored are the merged weights: PEFT's merged and unmerged numbers must both be near.
    const scores = [await scoreErrors(policy, golden.sequences), await scoreErrors(policy, golden.merged ?? [])];
    const logits = [
      await logitsError(runtime, config, policy.learner.weights.tensors, golden.sequences),
      await logitsError(runtime, config, policy.learner.weights.tensors, golden.merged ?? []),
      await readLogits(runtime, config, mergedReader(config, lora, tensors, trained), golden.merged ?? []),
    ];
    return {
      logits: worstOf(logits),
      logprobs: worstOf(scores.map(({ logprobs }) => logprobs)),
      entropies: worstOf(scores.map(({ entropies }) => entropies)),
      gradient: await gradientError(policy, golden, peftName),
      greedy: null,
    };
  } finally {
    await policy.dispose();
    await trained.close();
    await tensors.close();
  }
}

/** Adapters have no file of their own to be opened from: they go in as a checkpoint's. */
async function loadAdapters(policy: EmbeddedPolicy, files: readonly (readonly [string, Uint8Array])[]): Promise<void> {
  const store = memoryStore();
  await policy.save(store);
  for (const [name, bytes] of files) await store.write(name, bytes);
  await policy.load(store);
}

/** Logits of weights that are read. */
async function readLogits(
  runtime: Runtime,
  config: ModelConfig,
  tensors: TensorReader,
  sequences: readonly GoldenSequence[],
): Promise<number> {
  const weights = await uploadAll(runtime, parameterShapes(config), tensors);
  const error = await logitsError(runtime, config, weights, sequences);
  runtime.free(...Object.values(weights));
  return error;
}
