/** Files of a listing into the cache, one after the other, each checked and shown in its snapshot as it comes. */
import { checkSpace } from "./disk-error.ts";
import type { HubFile } from "./listing.ts";
import { partialBytes } from "./partial.ts";
import { progressMeter } from "./progress-meter.ts";
import { type Transfer, transferFile } from "./transfer.ts";

/** `after`: how many more files are to come, for the display. */
export async function fetchFiles(transfer: Transfer, files: readonly HubFile[], after: number): Promise<void> {
  const { session, commit, cache } = transfer;
  for (const { path } of files) await cache.prepare(commit, path);
  await checkFits(transfer, files);
  for (const [i, file] of files.entries()) {
    const place = { file: file.path, index: i + 1, files: files.length + after, total: file.size };
    await transferFile(transfer, file, progressMeter(session, place));
    await cache.point(commit, file);
  }
}

/** Refuses what is larger than the free disk before a byte of it is written. */
export async function checkFits({ session, cache, commit }: Transfer, files: readonly HubFile[]): Promise<void> {
  let needed = 0;
  await cache.prepare(commit, files[0]?.path ?? "");
  for (const { oid, size } of files) {
    if ((await cache.blobBytes(oid)) !== size) needed += size - (await partialBytes(cache.blob(oid), size));
  }
  if (needed > 0) checkSpace(session.cache, needed, await session.freeBytes(cache.folder));
}
