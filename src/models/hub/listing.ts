/**
 * What a repository holds at a revision: the commit and its files with sizes and checksums. The Hub's client library asks;
 * what it hands back is checked here, since it comes from the network as it is.
 */
import { z } from "zod";
import { AepoError, messageOf } from "../../std/errors.ts";
import { connectionError, send } from "./request.ts";
import { withRetries } from "./retry.ts";
import type { HubSession } from "./session.ts";
import { hubName, type HubSpec, isSafePath } from "./spec.ts";

export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** What names its content in the cache: sha256 of a large file (LFS, Xet), else git's sha1 of the blob. */
  readonly oid: string;
}

export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

type Library = Pick<typeof import("@huggingface/hub"), "datasetInfo" | "listFiles" | "modelInfo">;

const MAX_FILES = 100_000;
const MAX_REQUESTS = 1000;
const MAX_ANSWER_BYTES = 64 * 2 ** 20;

const sizeSchema = z.int().nonnegative();
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: sizeSchema.catch(-1),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string(), size: sizeSchema }).optional(),
});
export const COMMIT: RegExp = /^[0-9a-f]{40}$/;
const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export async function listRepository(session: HubSession, spec: HubSpec): Promise<HubListing> {
  // Loaded when it is needed: it is large, and most runs open local files.
  const library = await import("@huggingface/hub");
  try {
    return await list(session, spec, library);
  } catch (thrown) {
    if (thrown instanceof AepoError || thrown === session.signal?.reason) throw thrown;
    throw malformed(session, spec, messageOf(thrown));
  }
}

async function list(session: HubSession, spec: HubSpec, library: Library): Promise<HubListing> {
  const common = { hubUrl: session.endpoint, fetch: hubFetch(session, spec) };
  const { type, repository: name, revision } = spec;
  const asked = { ...common, name, revision, additionalFields: ["sha" as const] };
  const info: unknown = await (type === "dataset" ? library.datasetInfo(asked) : library.modelInfo(asked));
  const commit = z.object({ sha: z.string().regex(COMMIT) }).safeParse(info).data?.sha;
  if (commit === undefined) throw malformed(session, spec, "no commit");
  const files: HubFile[] = [];
  for await (const entry of library.listFiles({
    ...common,
    repo: { type, name },
    revision: commit,
    recursive: true,
  })) {
    const file = fileOf(session, spec, entry);
    if (file !== null) files.push(file);
    if (files.length > MAX_FILES) throw malformed(session, spec, `more than ${MAX_FILES} files`);
  }
  return { commit, files };
}

function fileOf(session: HubSession, spec: HubSpec, entry: unknown): HubFile | null {
  const { data } = entrySchema.safeParse(entry);
  if (data === undefined) throw malformed(session, spec, "a file without a name or type");
  const { type, path, size, oid, lfs } = data;
  if (!isSafePath(path)) {
    throw new AepoError("policy", `${hubName(spec)} holds a file named ${JSON.stringify(path)}`, {
      expected: "names that stay inside the repository's folder",
      fix: "nothing was written; tell the owner of the repository",
    });
  }
  if (type !== "file") return null;
  const content = { path, size: lfs?.size ?? size, oid: lfs?.oid ?? oid ?? "" };
  if (content.size >= 0 && OID.test(content.oid)) return content;
  throw malformed(session, spec, `${path} without a size and a checksum`);
}

function malformed({ endpoint }: HubSession, spec: HubSpec, what: string): AepoError {
  return new AepoError(
    "policy",
    `${new URL(endpoint).host} lists ${hubName(spec)} in a way that cannot be read: ${what}`,
    {
      expected: "a Hub: its API answers with the commit, and files with size and checksum",
      fix: "check HF_ENDPOINT",
    },
  );
}

/** `fetch` for the library: with our redirects, retries and errors, and a limit to what is read. */
function hubFetch(session: HubSession, spec: HubSpec): typeof fetch {
  let requests = 0;
  return async (input, init) => {
    if (++requests > MAX_REQUESTS) throw malformed(session, spec, `more than ${MAX_REQUESTS} pages`);
    const url = input instanceof Request ? input.url : String(input);
    const headers = Object.fromEntries(new Headers(init?.headers));
    const { host } = new URL(url);
    return withRetries(session, host, async () => {
      const { response, done } = await send(session, spec, url, { headers });
      try {
        const body = await readLimited(response, host);
        return new Response(body, { status: response.status, headers: response.headers });
      } catch (thrown) {
        throw connectionError(session, thrown, host);
      } finally {
        done();
      }
    });
  };
}

async function readLimited({ body }: Response, host: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new AepoError(
        "policy",
        `${host} answers with more than ${MAX_ANSWER_BYTES / 2 ** 20} MiB where a list was asked for`,
      );
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
