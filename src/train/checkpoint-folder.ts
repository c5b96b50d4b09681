/** Which folder a checkpoint's name means: `bundled:NAME`, a run folder (its best checkpoint) or a model's own folder. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BlobStore } from "../policy/policy.ts";
import { folderStore } from "../run/blob-files.ts";
import { listCheckpoints, openCheckpoint } from "../run/checkpoint.ts";
import { runLayout } from "../run/layout.ts";
import { AepoError } from "../std/errors.ts";

/** Blobs of `bundled:NAME`, a run folder or a checkpoint folder. */
export function modelStore(checkpoint: string): BlobStore {
  const folder = checkpointFolder(checkpoint);
  if (existsSync(join(folder, "manifest.json"))) return openCheckpoint(folder).store;
  return folderStore(folder);
}

const BUNDLED = fileURLToPath(new URL("../../checkpoints/", import.meta.url));

/** Folder that holds `config.json`, `model.safetensors` and `tokenizer.json`. */
export function checkpointFolder(checkpoint: string): string {
  const folder = checkpoint.startsWith("bundled:") ? bundledFolder(checkpoint.slice(8)) : checkpoint;
  if (!existsSync(folder)) {
    throw new AepoError("config", `no checkpoint at ${folder}`, {
      expected: `bundled:NAME (${bundledNames().join(", ")}), a run folder, a checkpoint folder or hf://owner/name`,
    });
  }
  const { checkpoints } = runLayout(folder);
  if (!existsSync(checkpoints)) return folder;
  const name = bestCheckpoint(checkpoints);
  if (name === undefined) {
    throw new AepoError("config", `the run ${folder} has no checkpoint yet`, {
      fix: "let it finish one step, or give another checkpoint",
    });
  }
  return join(checkpoints, name);
}

function bundledFolder(name: string): string {
  if (bundledNames().includes(name)) return join(BUNDLED, name);
  throw new AepoError("config", `no bundled checkpoint "${name}"`, { exists: bundledNames().join(", ") || "none" });
}

function bundledNames(): string[] {
  return existsSync(BUNDLED) ? readdirSync(BUNDLED).sort() : [];
}

/** The checkpoint with the best held-out Pass@1 that is still there, else the last. */
function bestCheckpoint(root: string): string | undefined {
  const names = listCheckpoints(root);
  const last = names.at(-1);
  if (last === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(join(root, last, "manifest.json"), "utf8")) as {
    state: { best: { step: number } | null };
  };
  const best = manifest.state.best;
  return names.find((name) => best !== null && Number(name.slice(5)) === best.step) ?? last;
}
