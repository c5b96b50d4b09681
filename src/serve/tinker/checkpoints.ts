/**
 * Checkpoints on disk: ROOT/MODEL/weights|sampler_weights/NAME, each a folder of a policy's files and what it is, written
 * beside its place and renamed into it. They outlive their models, their sessions and the server.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { BlobStore } from "../../policy/policy.ts";
import { formatTinkerPath, isCheckpointName, type TinkerPath } from "../../protocol/paths.ts";
import { flushFolder, TEMPORARY_PREFIX, writeFlushed } from "../../run/atomic.ts";
import { folderStore, writeBlob } from "../../run/blob-files.ts";
import { makeFolder } from "../../run/make-folder.ts";
import { shortId } from "./sessions.ts";
import { TinkerError } from "./tinker-error.ts";

const FILE = "checkpoint.json";

const savedSchema = z.object({
  base_model: z.string(),
  rank: z.int().positive(),
  alpha: z.number(),
  seed: z.number(),
  train_attn: z.boolean(),
  train_mlp: z.boolean(),
  time: z.string(),
  user_metadata: z.record(z.string(), z.unknown()).nullable(),
});
/** What a checkpoint says of itself. */
export type SavedCheckpoint = z.output<typeof savedSchema>;

export interface StoredCheckpoint extends TinkerPath {
  readonly saved: SavedCheckpoint;
  readonly folder: string;
  readonly bytes: number;
}

export class CheckpointStore {
  private readonly root: string;
  /** Paths of those that are promised: their place is taken, their content not there. */
  private readonly coming = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** Takes the place of a checkpoint to be. Throws 409 where there is one. */
  promise(path: TinkerPath): void {
    const key = formatTinkerPath(path);
    if (this.coming.has(key) || existsSync(this.folderOf(path))) {
      throw new TinkerError(409, `Checkpoint '${path.name}' already exists for model '${path.modelId}'`);
    }
    this.coming.add(key);
  }

  /** Fills a place that was promised; where that fails, it is free again. */
  async write(path: TinkerPath, saved: SavedCheckpoint, save: (store: BlobStore) => Promise<void>): Promise<string> {
    const folder = this.folderOf(path);
    const parent = join(folder, "..");
    const temporary = join(parent, `${TEMPORARY_PREFIX}${shortId()}`);
    try {
      makeFolder(temporary);
      const write = async (name: string, content: Parameters<BlobStore["write"]>[1]): Promise<void> => {
        await writeBlob(join(temporary, name), content);
      };
      await save({ ...folderStore(temporary), write });
      writeFlushed(join(temporary, FILE), `${JSON.stringify(saved, null, 2)}\n`);
      renameSync(temporary, folder);
      flushFolder(parent);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
      this.coming.delete(formatTinkerPath(path));
    }
    return formatTinkerPath(path);
  }

  /** A place that will not be filled. */
  giveUp(path: TinkerPath): void {
    this.coming.delete(formatTinkerPath(path));
  }

  /** Throws 404, or 425 while it is being written. */
  find(path: TinkerPath): StoredCheckpoint {
    if (this.coming.has(formatTinkerPath(path))) throw new TinkerError(425, "Checkpoint is still being created");
    const found = this.read(path);
    if (found === null) throw new TinkerError(404, `Checkpoint not found: ${path.modelId}/${path.name}`);
    return found;
  }

  store({ folder }: StoredCheckpoint): BlobStore {
    return folderStore(folder);
  }

  remove(path: TinkerPath): void {
    const { folder } = this.find(path);
    rmSync(folder, { recursive: true });
  }

  /** Of a model, oldest first. */
  list(modelId: string): readonly StoredCheckpoint[] {
    const found = (["weights", "sampler_weights"] as const).flatMap((kind) =>
      namesIn(join(this.root, modelId, kind)).flatMap((name) => this.read({ modelId, kind, name }) ?? []),
    );
    return found.sort((a, b) => (a.saved.time < b.saved.time ? -1 : 1));
  }

  /** Models that have checkpoints. */
  models(): readonly string[] {
    return namesIn(this.root).filter((modelId) => this.list(modelId).length > 0);
  }

  private read(path: TinkerPath): StoredCheckpoint | null {
    const folder = this.folderOf(path);
    const file = join(folder, FILE);
    if (!existsSync(file)) return null;
    const saved = savedSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    return { ...path, saved, folder, bytes };
  }

  private folderOf({ modelId, kind, name }: TinkerPath): string {
    // Names become folders: nothing that leads elsewhere.
    if (!isCheckpointName(modelId) || !isCheckpointName(name)) {
      throw new TinkerError(404, `Checkpoint not found: ${modelId}/${name}`);
    }
    return join(this.root, modelId, kind, name);
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter(isCheckpointName).sort() : [];
}
