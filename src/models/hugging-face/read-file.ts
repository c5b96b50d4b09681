/** Small files of a model's folder, read whole. Folders come from strangers: what is read has a largest size and a shape. */
import { openFileBlob } from "../file-blob.ts";
import type { BlobReader } from "../../policy/blob-store.ts";
import { AepoError, messageOf } from "../../std/errors.ts";
import { jsonShapeProblem } from "../../std/json-shape.ts";
import type { JsonObject } from "../../std/json.ts";

export interface JsonFileLimits {
  readonly bytes: number;
  /** Elements and fields of everything in it. */
  readonly values: number;
}

/** Deeper than any file of these kinds. */
const DEPTH = 64;

/** Throws unless the file is a JSON object within the limits. */
export async function readJsonFile(path: string, { bytes, values }: JsonFileLimits): Promise<JsonObject> {
  const text = await readTextFile(path, bytes);
  const problem = jsonShapeProblem(text, { what: "the JSON", depth: DEPTH, values });
  if (problem !== null) throw new AepoError("policy", `${path}: ${problem}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AepoError("policy", `${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (isObject(json)) return json;
  throw new AepoError("policy", `${path} is not a JSON object`, { exists: text.slice(0, 40) });
}

/** Throws unless the file is UTF-8 of at most `maxBytes`. */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  const blob = await openFile(path);
  try {
    if (blob.bytes > maxBytes) {
      throw new AepoError("policy", `${path} has ${blob.bytes} bytes`, { expected: `at most ${maxBytes}` });
    }
    return decoded(await blob.read(0, blob.bytes), path);
  } finally {
    await blob.close();
  }
}

export async function openFile(path: string): Promise<BlobReader> {
  return openFileBlob(path).catch((cause: unknown) => {
    if (cause instanceof AepoError) throw cause;
    throw new AepoError("policy", `${path} cannot be opened: ${messageOf(cause)}`, { cause });
  });
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AepoError("policy", `${path} is not UTF-8`, { cause });
  }
}

export function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
