/**
 * A model in a folder as Hugging Face's libraries write it: config.json, model.safetensors in one file or in shards,
 * tokenizer.json with its config and chat template. Headers are read and everything is checked; no tensor is read yet.
 */
import type { ModelFiles } from "../model-files.ts";
import { modelConfigFromFields } from "../../policy/config-json.ts";
import { checkModelShapes } from "../../policy/tensor-reader.ts";
import { AepoError } from "../../std/errors.ts";
import { ADAPTER_CONFIG, CONFIG, type Folder, INDEX, listFolder, WEIGHTS } from "./folder.ts";
import { readJsonFile } from "./read-file.ts";
import { readTokenizer } from "./tokenizer.ts";
import { openWeights } from "./weights.ts";

const CONFIG_LIMITS = { bytes: 4_000_000, values: 200_000 };

/** Throws if the folder holds no model, or one that we do not compute. */
export async function openHuggingFaceFolder(path: string): Promise<ModelFiles> {
  const folder = await listFolder(path);
  await refuseAdapters(folder);
  if (!folder.has(CONFIG)) {
    throw new AepoError("policy", `${path} has no ${CONFIG}`, {
      expected: `a model's folder: ${CONFIG}, ${WEIGHTS} (or ${INDEX} with its shards), tokenizer.json`,
      exists: folder.listing(),
    });
  }
  const config = await readJsonFile(folder.file(CONFIG), CONFIG_LIMITS);
  const model = modelConfigFromFields(config);
  const tokenizer = await readTokenizer(folder);
  const tensors = await openWeights(folder);
  try {
    checkModelShapes(model, tensors, path);
  } catch (thrown) {
    await tensors.close();
    throw thrown;
  }
  return { source: path, config, tensors, tokenizer };
}

/** Adapters alone are no model. */
async function refuseAdapters(folder: Folder): Promise<void> {
  if (!folder.has(ADAPTER_CONFIG) || folder.has(WEIGHTS) || folder.has(INDEX)) return;
  const config = await readJsonFile(folder.file(ADAPTER_CONFIG), CONFIG_LIMITS);
  const named = config["base_model_name_or_path"];
  const base = typeof named === "string" ? `"${named.slice(0, 200)}"` : "a model they do not name";
  throw new AepoError("policy", `${folder.path} holds adapters (PEFT), not a model`, {
    expected: `${CONFIG} and ${WEIGHTS}`,
    exists: `${ADAPTER_CONFIG}: adapters beside ${base}`,
    fix:
      "merge them into that model and open the result: in Python, " +
      "PeftModel.from_pretrained(base, adapters).merge_and_unload().save_pretrained(folder)",
  });
}
