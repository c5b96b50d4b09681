/** Models in the Hub's cache, which Python's libraries share, with the bytes that they take on the disk. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CachedModel } from "./machine.ts";

const PREFIX = "models--";

/** Largest first. None where there is no cache yet. */
export async function cachedModels(cache: string): Promise<CachedModel[]> {
  const folders = await readdir(cache).catch(() => []);
  const models = folders.filter((name) => name.startsWith(PREFIX)).map(async (folder) => modelIn(cache, folder));
  return (await Promise.all(models)).filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

async function modelIn(cache: string, folder: string): Promise<CachedModel> {
  const blobs = join(cache, folder, "blobs");
  const files = await readdir(blobs).catch(() => []);
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(blobs, file)).catch(() => null))?.size ?? 0),
  );
  const name = `hf://${folder.slice(PREFIX.length).replaceAll("--", "/")}`;
  return { name, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}
