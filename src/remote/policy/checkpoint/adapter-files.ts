/**
 * The adapter of a server in the files of PEFT, beside what says which model it belongs to: a checkpoint that is evaluated and
 * exported without the server. SkyRL's adapter_config.json names no target_modules (PEFT would load two of seven); they are
 * those of the tensors.
 */
import { adapterShapes, type Lora, LORA_TARGETS, loraSchema } from "../../../policy/lora.ts";
import { BASE_MODEL, baseModelToJson } from "../../../policy/base-model.ts";
import { bytesReader } from "../../../policy/blob-store.ts";
import { modelConfigToJson } from "../../../policy/config-json.ts";
import {
  ADAPTER,
  ADAPTER_CONFIG,
  adapterConfigToJson,
  loraFromAdapterConfig,
  peftNameBack,
} from "../../../policy/peft.ts";
import type { BlobStore } from "../../../policy/policy.ts";
import { openSafetensors } from "../../../policy/safetensors.ts";
import { checkShapes, renamedReader } from "../../../policy/tensor-reader.ts";
import { AepoError, messageOf } from "../../../std/errors.ts";
import type { LocalBase } from "../options.ts";
import { tarFiles } from "./tar.ts";

/** Throws on an archive without an adapter of the model here. */
export async function writeAdapterFiles(store: BlobStore, archive: Uint8Array, local: LocalBase): Promise<void> {
  const files = tarFiles(archive);
  const tensors = fileOf(files, ADAPTER);
  const reader = renamedReader(await openSafetensors(bytesReader(tensors), ADAPTER), peftNameBack);
  const names = [...reader.shapes.keys()];
  const lora = loraOf(new TextDecoder().decode(fileOf(files, ADAPTER_CONFIG)), names);
  checkShapes(adapterShapes(local.config, lora), reader, names, ADAPTER);
  const encoder = new TextEncoder();
  const base = { checkpoint: local.checkpoint, fingerprint: local.fingerprint };
  await store.write(ADAPTER, tensors);
  await store.write(ADAPTER_CONFIG, encoder.encode(adapterConfigToJson(lora, local.checkpoint)));
  await store.write(BASE_MODEL, encoder.encode(baseModelToJson(base)));
  await store.write("config.json", encoder.encode(modelConfigToJson(local.config)));
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const found = files.get(name);
  if (found !== undefined) return found;
  throw new AepoError("policy", `the server's archive has no ${name}`, {
    exists: [...files.keys()].join(", ") || "nothing",
  });
}

/** `names`: of the tensors, `….self_attn.q_proj.lora_A.weight`. */
function loraOf(config: string, names: readonly string[]): Lora {
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(config) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    throw new AepoError("policy", `the server's ${ADAPTER_CONFIG} is not JSON: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  if (json["target_modules"] !== null && json["target_modules"] !== undefined) return loraFromAdapterConfig(config);
  const targets = LORA_TARGETS.filter((target) => names.some((name) => name.includes(`.${target}.`)));
  return loraSchema.parse({ rank: json["r"], alpha: json["lora_alpha"], targets });
}
