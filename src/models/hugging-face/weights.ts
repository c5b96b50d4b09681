/** The tensors of a model's folder: one safetensors file, or shards that an index lists. They are read one at a time. */
import { openSafetensors, type OpenSafetensors } from "../../policy/safetensors.ts";
import { AepoError } from "../../std/errors.ts";
import type { TensorSource } from "../model-files.ts";
import { type Folder, INDEX, WEIGHTS } from "./folder.ts";
import { openFile } from "./read-file.ts";
import { readWeightIndex } from "./weight-index.ts";

/** What older libraries saved beside the parameters: computed from config.json, in any format. */
const COMPUTED = /(?:^|\.)(?:rotary_emb\.(?:inv_freq|cos_cached|sin_cached)|attn\.(?:bias|masked_bias))$/u;

const isComputed = (name: string): boolean => COMPUTED.test(name);

/** A single file goes before an index, as in transformers. */
export async function openWeights(folder: Folder): Promise<TensorSource> {
  if (folder.has(WEIGHTS)) return openOne(folder, WEIGHTS);
  if (folder.has(INDEX)) return openShards(folder);
  throw new AepoError("policy", `${folder.path} has no weights that can be read`, {
    expected: `${WEIGHTS}, or ${INDEX} with its shards`,
    exists: folder.listing(),
    ...fixFor(folder),
  });
}

function fixFor(folder: Folder): { fix?: string } {
  if (folder.listing((name) => name.toLowerCase().endsWith(".gguf")) !== "none") return { fix: "open the .gguf file" };
  const isPickle = (name: string): boolean => /\.(?:bin|pt|pth|ckpt)$/u.test(name);
  if (folder.listing(isPickle) === "none") return {};
  return { fix: "convert it: in Python, AutoModelForCausalLM.from_pretrained(folder).save_pretrained(other_folder)" };
}

async function openOne(folder: Folder, name: string): Promise<OpenSafetensors> {
  const path = folder.file(name);
  return openSafetensors(await openFile(path), path, isComputed);
}

async function openShards(folder: Folder): Promise<TensorSource> {
  const listed = await readWeightIndex(folder);
  const shards = new Map<string, OpenSafetensors>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const name of new Set(listed.values())) shards.set(name, await openOne(folder, name));
    const owners = ownersOf(folder, shards);
    checkListed(folder, listed, owners);
    return {
      shapes: new Map([...owners].map(([name, shard]) => [name, shards.get(shard)?.shapes.get(name) ?? []])),
      async read(name) {
        const shard = shards.get(owners.get(name) ?? "");
        if (shard === undefined) throw new AepoError("policy", `${folder.path}: there is no tensor "${name}"`);
        return shard.read(name);
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Which shard has each tensor. */
function ownersOf(folder: Folder, shards: ReadonlyMap<string, OpenSafetensors>): Map<string, string> {
  const owners = new Map<string, string>();
  for (const [shard, { shapes }] of shards) {
    for (const name of shapes.keys()) {
      const other = owners.get(name);
      if (other !== undefined) {
        throw new AepoError("policy", `${folder.path}: tensor "${name}" is in two shards`, {
          expected: "every tensor once",
          exists: `${other} and ${shard}`,
        });
      }
      owners.set(name, shard);
    }
  }
  return owners;
}

function checkListed(folder: Folder, listed: ReadonlyMap<string, string>, owners: ReadonlyMap<string, string>): void {
  for (const [name, shard] of listed) {
    const owner = owners.get(name);
    if (owner === shard || isComputed(name)) continue;
    throw new AepoError("policy", `${folder.file(INDEX)}: tensor "${name}" is not in ${shard}`, {
      exists: owner === undefined ? "it is in no shard" : `it is in ${owner}`,
      fix: "download the index and its shards again, all of the same revision",
    });
  }
}
