/** Opens a model to be trained by clients: its weights once, and room for the adapters beside them. */
import { availableParallelism } from "node:os";
import { openRuntime } from "../../engine/runtime/node.ts";
import { loraSchema } from "../../policy/lora.ts";
import { sharedBase } from "../../policy/shared-base.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import type { PolicyOptions } from "../../train/config.ts";
import { chooseMemory } from "../../train/memory-plan.ts";
import { openModel } from "../../train/open-model.ts";
import { endTokens } from "../served-model.ts";
import type { ServedBase } from "./start-tinker-server.ts";

export interface OpenServedBase extends ServedBase {
  readonly tokenizer: Tokenizer;
  close(): Promise<void>;
}

/** `name`: what clients call it. */
export async function openServedBase(options: PolicyOptions, name: string): Promise<OpenServedBase> {
  const { config, tokenizer, tensors, source } = await openModel(options.checkpoint);
  try {
    const { microBatchTokens, slots, cacheTokens, threads = availableParallelism(), device } = options;
    // As adapters of every projection at the length of a micro-batch would need it.
    const usual = { sequenceTokens: microBatchTokens, samples: true };
    const { recompute } = chooseMemory(config, { ...options, lora: loraSchema.parse({ rank: 32 }) }, usual);
    const runtime = await openRuntime({ device, threads });
    const sizes = { microBatchTokens, slots, cacheTokens };
    const tokenBytes = (id: number): Uint8Array => tokenizer.bytes(id);
    const base = await sharedBase({
      runtime,
      config,
      ...sizes,
      recompute,
      tokenBytes,
      tensors,
      source,
      checkpoint: name,
    });
    return {
      name,
      base,
      tokenizer,
      endTokens: endTokens({ tokenizer }),
      async close() {
        await base.dispose();
        await runtime.close();
      },
    };
  } finally {
    await tensors.close();
  }
}
