/**
 * The Hub's cache on the disk, in the layout of Python's `huggingface_hub`, so that both find what the other fetched:
 * `models--owner--name/` (or `datasets--…`) with `blobs/<checksum>`, `snapshots/<commit>/<path>` (links into blobs) and `refs/<revision>`
 * (a commit). Nothing is written outside that folder, wherever links in it lead.
 */
import { randomUUID } from "node:crypto";
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { AepoError } from "../../std/errors.ts";
import { diskError } from "./disk-error.ts";
import { COMMIT, type HubFile } from "./listing.ts";
import type { HubSpec } from "./spec.ts";

export interface RepositoryCache {
  readonly folder: string;
  blob(oid: string): string;
  snapshot(commit: string): string;
  /** Makes the folders a file needs. */
  prepare(commit: string, path: string): Promise<void>;
  /** Bytes of a blob, or null if there is none. */
  blobBytes(oid: string): Promise<number | null>;
  /** Makes the blob appear in the snapshot. */
  point(commit: string, file: HubFile): Promise<void>;
  /** The files of a snapshot whose content is there, by path. */
  held(commit: string): Promise<ReadonlySet<string>>;
  readRef(revision: string): Promise<string | null>;
  writeRef(revision: string, commit: string): Promise<void>;
}

export function repositoryCache(
  cache: string,
  { type, repository }: Pick<HubSpec, "type" | "repository">,
): RepositoryCache {
  const folder = join(cache, `${type}s--${repository.replaceAll("/", "--")}`);
  const blob = (oid: string): string => join(folder, "blobs", oid);
  const snapshot = (commit: string): string => join(folder, "snapshots", commit);
  const refPath = (revision: string): string => join(folder, "refs", revision);
  return {
    folder,
    blob,
    snapshot,
    async prepare(commit, path) {
      await makeInside(folder, join(folder, "blobs"));
      await makeInside(folder, dirname(join(snapshot(commit), path)));
    },
    async blobBytes(oid) {
      return (await stat(blob(oid)).catch(() => null))?.size ?? null;
    },
    async point(commit, { path, oid }) {
      const pointer = join(snapshot(commit), path);
      if ((await realpath(pointer).catch(() => null)) === (await realpath(blob(oid)))) return;
      const temporary = `${pointer}.${randomUUID().slice(0, 8)}.tmp`;
      await linkOrCopy(blob(oid), temporary)
        .then(async () => rename(temporary, pointer))
        .catch(async (thrown: unknown) => {
          await rm(temporary, { force: true });
          throw diskError("write", pointer, thrown);
        });
    },
    async held(commit) {
      return heldFiles(folder, snapshot(commit));
    },
    async readRef(revision) {
      if (COMMIT.test(revision)) return revision;
      const text = (await readFile(refPath(revision), "utf8").catch(() => "")).trim();
      return COMMIT.test(text) ? text : null;
    },
    async writeRef(revision, commit) {
      if (revision === commit || (await readFile(refPath(revision), "utf8").catch(() => "")) === commit) return;
      const temporary = `${refPath(revision)}.${randomUUID().slice(0, 8)}.tmp`;
      await makeInside(folder, dirname(temporary));
      await writeFile(temporary, commit)
        .then(async () => rename(temporary, refPath(revision)))
        .catch((thrown: unknown) => {
          throw diskError("write", refPath(revision), thrown);
        });
    },
  };
}

/** Makes a folder, and refuses one that a link has moved out of the repository's. */
async function makeInside(root: string, folder: string): Promise<void> {
  await mkdir(root, { recursive: true }).catch((thrown: unknown) => {
    throw diskError("make", root, thrown);
  });
  // Down from the root, so that nothing is made behind a link before it is looked at.
  let path = root;
  for (const part of ["", ...relative(root, folder).split(sep)]) {
    path = join(path, part);
    await mkdir(path, { recursive: true }).catch((thrown: unknown) => {
      throw diskError("make", path, thrown);
    });
    const real = await realpath(path);
    if (isInside(await realpath(root), real)) continue;
    throw new AepoError("policy", `${path} leads out of the cache`, {
      exists: `a link to ${real}`,
      fix: `remove it, or the whole of ${root}`,
    });
  }
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}${sep}`);
}

/** A relative link, as Python makes it; where links are not allowed (Windows), a second name or a copy. */
async function linkOrCopy(blob: string, pointer: string): Promise<void> {
  try {
    await symlink(relative(dirname(pointer), blob), pointer);
  } catch {
    await link(blob, pointer).catch(async () => copyFile(blob, pointer));
  }
}

async function heldFiles(folder: string, snapshot: string): Promise<ReadonlySet<string>> {
  const root = await realpath(folder).catch(() => folder);
  const held = new Set<string>();
  const entries = await readdir(snapshot, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const real = await realpath(path).catch(() => null);
    if (real !== null && isInside(root, real)) held.add(relative(snapshot, path).replaceAll(sep, "/"));
  }
  return held;
}
