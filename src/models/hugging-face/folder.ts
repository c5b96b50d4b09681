/** The folder of a model as a list of names, and what its files are called. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AepoError, messageOf } from "../../std/errors.ts";

export const CONFIG = "config.json";
export const WEIGHTS = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
export const ADAPTER_CONFIG = "adapter_config.json";

export interface Folder {
  readonly path: string;
  readonly has: (name: string) => boolean;
  readonly file: (name: string) => string;
  /** For messages: the first of the names that `accept` takes, in order. */
  readonly listing: (accept?: (name: string) => boolean) => string;
}

const LISTED = 8;

export async function listFolder(path: string): Promise<Folder> {
  const names = new Set((await namesIn(path)).toSorted());
  return {
    path,
    has: (name) => names.has(name),
    file: (name) => join(path, name),
    listing(accept = () => true) {
      const found = [...names].filter(accept);
      const rest = found.length > LISTED ? ` and ${found.length - LISTED} more` : "";
      return found.length === 0 ? "none" : `${found.slice(0, LISTED).join(", ")}${rest}`;
    },
  };
}

async function namesIn(path: string): Promise<string[]> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await readdir(path);
  } catch (cause) {
    throw new AepoError("policy", `${path} cannot be opened: ${messageOf(cause)}`, { cause });
  }
  throw new AepoError("policy", `${path} is not a folder`, {
    expected: `a folder with ${CONFIG} and ${WEIGHTS}`,
  });
}
