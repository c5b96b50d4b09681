/** model.safetensors.index.json: which shard each tensor is in. A shard is a file beside it, whatever the index says. */
import { AepoError } from "../../std/errors.ts";
import { type Folder, INDEX } from "./folder.ts";
import { isObject, readJsonFile } from "./read-file.ts";

const LIMITS = { bytes: 32_000_000, values: 500_000 };

/** Shards by tensor. Throws if one of them is not there, or is elsewhere. */
export async function readWeightIndex(folder: Folder): Promise<Map<string, string>> {
  const path = folder.file(INDEX);
  const { weight_map: map } = await readJsonFile(path, LIMITS);
  if (!isObject(map)) throw new AepoError("policy", `${path} has no weight_map`, { expected: "shards by tensor" });
  const listed = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) listed.set(name, checkedShard(shard, name, path));
  const wanted = new Set(listed.values());
  const missing = [...wanted].filter((shard) => !folder.has(shard));
  const [first] = missing;
  if (first === undefined) return listed;
  throw new AepoError("policy", `${folder.path}: shard ${first} is missing${more(missing.length - 1)}`, {
    expected: `the ${wanted.size} files that ${INDEX} lists`,
    exists: folder.listing((name) => name.endsWith(".safetensors")),
    fix: "download the rest of the model",
  });
}

function checkedShard(shard: unknown, tensor: string, path: string): string {
  // A name alone: no folder, no drive, no way up.
  if (typeof shard === "string" && /^[^/\\:\0]{1,255}$/u.test(shard) && shard !== "." && shard !== "..") return shard;
  throw new AepoError("policy", `${path}: tensor "${tensor.slice(0, 200)}" is in ${show(shard)}`, {
    expected: "the name of a file in the same folder",
  });
}

function more(count: number): string {
  return count === 0 ? "" : `, and ${count} more`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}
