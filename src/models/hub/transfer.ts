/** One file from the Hub to its blob: goes on where an earlier try ended, and is checked before it has its name. */
import { AepoError } from "../../std/errors.ts";
import type { RepositoryCache } from "./cache.ts";
import type { HubFile } from "./listing.ts";
import { claimPartial, type PartialFile } from "./partial.ts";
import { connectionError, type HubAnswer, send, Transient } from "./request.ts";
import { withRetries } from "./retry.ts";
import type { HubSession } from "./session.ts";
import { hubName, hubPath, type HubSpec } from "./spec.ts";

/** What is the same for all files of a download. */
export interface Transfer {
  readonly session: HubSession;
  readonly spec: HubSpec;
  readonly commit: string;
  readonly cache: RepositoryCache;
}

type Report = (bytes: number) => void;
const POLL_MS = 500;

/** Returns when the blob is there, from whoever. `report`: bytes on the disk. */
export async function transferFile(transfer: Transfer, file: HubFile, report: Report): Promise<void> {
  const { cache, session } = transfer;
  const isThere = async (): Promise<boolean> => (await cache.blobBytes(file.oid)) === file.size;
  for (let waited = false; !(await isThere()); waited = true) {
    const partial = await claimPartial(cache.blob(file.oid), file);
    // Whoever had it may have come to the end between the look and the claim.
    if (partial !== null) return (await isThere()) ? partial.discard() : fill(transfer, file, partial, report);
    if (!waited) session.onNotice(`${file.path}: another process downloads it, waiting`);
    await session.wait(POLL_MS);
    session.signal?.throwIfAborted();
  }
}

async function fill(transfer: Transfer, file: HubFile, partial: PartialFile, report: Report): Promise<void> {
  const { session, spec } = transfer;
  let resumed = partial.bytes > 0;
  try {
    for (;;) {
      await receive(transfer, file, partial, report);
      if (partial.checksum() === file.oid) return await partial.commit();
      const found = partial.checksum();
      await partial.restart();
      if (!resumed) throw wrongChecksum(spec, file, found);
      // The first part came from an earlier time; alone, this one may be whole.
      session.onNotice(`${file.path}: what was left of an earlier download does not fit, starting over`);
      resumed = false;
    }
  } catch (thrown) {
    await partial.release();
    throw thrown;
  }
}

async function receive(transfer: Transfer, file: HubFile, partial: PartialFile, report: Report): Promise<void> {
  const { session, spec, commit } = transfer;
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const url = `${session.endpoint}/${hubPath(spec)}/resolve/${commit}/${path}`;
  const { host } = new URL(url);
  report(partial.bytes);
  const attempt = async (): Promise<void> => {
    if (partial.bytes === file.size) return;
    const range = partial.bytes === 0 ? {} : { range: `bytes=${partial.bytes}-` };
    const request = { headers: { "accept-encoding": "identity", ...range } };
    const answer = await send(session, { ...spec, file: file.path }, url, request);
    try {
      const rest = isRest(answer, file, partial.bytes);
      if (!rest) await partial.restart();
      if (rest || answer.response.status === 200) return await receiveBody(answer, transfer, file, partial, report);
    } catch (thrown) {
      throw connectionError(session, thrown, host);
    } finally {
      answer.done();
      await answer.response.body?.cancel().catch(() => undefined);
    }
    return attempt();
  };
  await withRetries(session, host, attempt, () => partial.bytes);
}

/** Whether the answer continues what is there: the rest of the same content. */
function isRest({ response, etag }: HubAnswer, file: HubFile, from: number): boolean {
  if (from === 0) {
    if (response.status === 200) return true;
    throw new Transient(`status ${response.status} where the whole file was asked for`);
  }
  const range = `bytes ${from}-${file.size - 1}/${file.size}`;
  return response.status === 206 && (etag ?? file.oid) === file.oid && response.headers.get("content-range") === range;
}

async function receiveBody(
  { response, alive }: HubAnswer,
  { spec }: Transfer,
  file: HubFile,
  partial: PartialFile,
  report: Report,
): Promise<void> {
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    alive();
    if (partial.bytes + chunk.byteLength > file.size) throw tooLong(spec, file);
    await partial.append(chunk);
    report(partial.bytes);
  }
  if (partial.bytes < file.size) throw new Transient(`${file.path} ended at byte ${partial.bytes} of ${file.size}`);
}

function tooLong(spec: HubSpec, { path, size }: HubFile): AepoError {
  return new AepoError("policy", `${path} of ${hubName(spec)} is longer than the Hub lists it`, {
    expected: `${size} bytes`,
    fix: "try again; if it stays so, HF_ENDPOINT or a proxy gives another file",
  });
}

function wrongChecksum(spec: HubSpec, { path, oid }: HubFile, found: string): AepoError {
  return new AepoError("policy", `${path} of ${hubName(spec)} is damaged: its checksum is wrong`, {
    expected: oid,
    exists: found,
    fix: "try again; if it stays so, HF_ENDPOINT or a proxy gives another file",
  });
}
