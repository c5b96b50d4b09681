/** A checkpoint of adapters as the model it makes with its base: adapters of a run, of a cold start, or of PEFT. */
import { type ClosableReader, openAdapters } from "../policy/adaptation.ts";
import { BASE_MODEL, type BaseModel, baseModelFromJson, guardedReader } from "../policy/base-model.ts";
import type { BlobStore } from "../policy/blob-store.ts";
import type { ModelConfig } from "../policy/config.ts";
import { mergedReader } from "../policy/merged-reader.ts";
import { ADAPTER_CONFIG, loraFromAdapterConfig } from "../policy/peft.ts";
import { AepoError, messageOf } from "../std/errors.ts";

/** The base's weights with the adapters of `store` folded in. `openBase`: opens what a recipe's `policy.checkpoint` names. */
export async function adaptedTensors(
  store: BlobStore,
  config: ModelConfig,
  openBase: (checkpoint: string) => Promise<ClosableReader>,
): Promise<ClosableReader> {
  const decoder = new TextDecoder();
  const wanted = baseModelFromJson(decoder.decode(await store.read(BASE_MODEL)));
  const lora = loraFromAdapterConfig(decoder.decode(await store.read(ADAPTER_CONFIG)));
  const trained = await openAdapters(config, lora, store);
  try {
    const base = await openBase(nameOf(wanted)).catch((thrown: unknown) => {
      throw new AepoError("config", `the model that the adapters stand beside does not open: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    });
    return {
      ...mergedReader(config, lora, guardedReader(config, base, wanted), trained),
      async close() {
        await trained.close();
        await base.close();
      },
    };
  } catch (thrown) {
    await trained.close();
    throw thrown;
  }
}

function nameOf({ checkpoint }: BaseModel): string {
  if (checkpoint !== null) return checkpoint;
  throw new AepoError("config", "the adapters do not say which model they stand beside", {
    exists: `${BASE_MODEL} without a checkpoint`,
    fix: `write the model's name into ${BASE_MODEL}`,
  });
}
