/**
 * A file that is being downloaded: `<checksum>.<owner>.incomplete` beside the blob it becomes. The owner (host, process) is
 * in its name, so a rename is the lock: whoever goes on with what another left renames it to itself, and only one can.
 * A process that finds a living owner waits for it. Python's own partial files have other names and are not touched.
 */
import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { diskError } from "./disk-error.ts";
import type { HubFile } from "./listing.ts";

export interface PartialFile {
  /** Written so far. */
  readonly bytes: number;
  append(chunk: Uint8Array): Promise<void>;
  /** Back to nothing. */
  restart(): Promise<void>;
  /** The checksum of what is written, as the Hub names it. */
  checksum(): string;
  /** Becomes the blob. */
  commit(): Promise<void>;
  /** Lets go of it: others, or a later try, may go on. */
  release(): Promise<void>;
  /** The blob is there: nobody needs it. */
  discard(): Promise<void>;
}

const FREE = "free";
const OWNER = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{8}$/;
/** Nobody waits that long between two bytes; the process number may long be another's. */
const ABANDONED_MS = 600_000;
const LOOKS = 10;
const LOOK_MS = 10;

/** Takes what is there of a file, or begins; null while somebody else is at it. `nowMs`: wall clock. */
export async function claimPartial(blob: string, file: HubFile): Promise<PartialFile | null> {
  const owner = `${hostTag()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const mine = nameOf(blob, owner);
  const others = await partials(blob);
  if (others.some(({ taken }) => taken)) return null;
  const [largest] = others.filter(({ bytes }) => bytes <= file.size).sort((a, b) => b.bytes - a.bytes);
  try {
    if (largest === undefined) await (await open(mine, "wx")).close();
    else if (!(await rename(largest.path, mine).then(() => true, isMissing))) return null;
    if (await isAlone(blob, mine)) return await openPartial(blob, mine, file);
    await letGo(blob, mine);
    return null;
  } catch (thrown) {
    throw diskError("write", mine, thrown);
  }
}

/**
 * Two may have begun in the same instant. Whoever sees nobody else stays: what comes later sees it and goes. Of those that see each
 * other the one with the lowest name looks again until the others have gone; one that does not go was there before.
 */
async function isAlone(blob: string, mine: string): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    const rivals = (await partials(blob)).filter(({ taken, path }) => taken && path !== mine);
    if (rivals.length === 0) return true;
    if (rivals.some(({ path }) => path < mine)) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** Bytes that a next claim would find. */
export async function partialBytes(blob: string, size: number): Promise<number> {
  const sizes = (await partials(blob)).map(({ bytes }) => bytes).filter((bytes) => bytes <= size);
  return Math.max(0, ...sizes);
}

async function openPartial(blob: string, path: string, file: HubFile): Promise<PartialFile> {
  const handle = await open(path, "r+");
  let [bytes, hash] = [(await handle.stat()).size, contentHash(file)];
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return {
    get bytes() {
      return bytes;
    },
    async append(chunk) {
      await writeAll(handle, chunk, bytes).catch((thrown: unknown) => {
        throw diskError("write", path, thrown);
      });
      hash.update(chunk);
      bytes += chunk.byteLength;
    },
    async restart() {
      await handle.truncate(0);
      [bytes, hash] = [0, contentHash(file)];
    },
    checksum: () => hash.copy().digest("hex"),
    async commit() {
      await handle.sync();
      await handle.close();
      await rename(path, blob);
      for (const { path, taken } of await partials(blob)) if (!taken) await rm(path, { force: true });
    },
    async release() {
      await handle.close();
      await letGo(blob, path);
    },
    async discard() {
      await handle.close();
      await rm(path, { force: true });
    },
  };
}

/** Large files are named by the sha256 of their content, small ones as git names them. */
function contentHash({ oid, size }: HubFile): Hash {
  return oid.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) {
    at += (await handle.write(chunk, at, chunk.byteLength - at, position + at)).bytesWritten;
  }
}

interface Found {
  readonly path: string;
  readonly bytes: number;
  /** Its owner is at work. */
  readonly taken: boolean;
}

async function partials(blob: string): Promise<Found[]> {
  const start = `${basename(blob)}.`;
  const found: Found[] = [];
  for (const name of await readdir(dirname(blob))) {
    if (!name.startsWith(start) || !name.endsWith(".incomplete")) continue;
    const owner = name.slice(start.length, -".incomplete".length);
    if (owner !== FREE && !OWNER.test(owner)) continue;
    const path = join(dirname(blob), name);
    const entry = await stat(path).catch(() => null);
    if (entry?.isFile() === true) found.push({ path, bytes: entry.size, taken: isTaken(owner, entry.mtimeMs) });
  }
  return found;
}

function isTaken(owner: string, writtenMs: number): boolean {
  const [, host, pid] = OWNER.exec(owner) ?? [];
  const nowMs = performance.timeOrigin + performance.now();
  if (pid === undefined || nowMs - writtenMs > ABANDONED_MS) return false;
  if (host !== hostTag()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

function hostTag(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}

function nameOf(blob: string, owner: string): string {
  return `${blob}.${owner}.incomplete`;
}

/** What was not begun yet goes: under the free name it would replace what another left. */
async function letGo(blob: string, path: string): Promise<void> {
  const { size } = await stat(path);
  await (size === 0 ? rm(path, { force: true }) : rename(path, nameOf(blob, FREE))).catch(isMissing);
}

/** False for a file that is gone; other failures go on. */
function isMissing(thrown: unknown): false {
  if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return false;
  throw thrown;
}
