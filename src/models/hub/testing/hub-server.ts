/**
 * A Hub on this machine, for tests: what `@huggingface/hub` and our own code ask of it, with its headers and redirects, and
 * whatever fault a test wants. Large files (`lfs`) are redirected to another origin, as the Hub does.
 *
 *   GET /api/models/NAME/revision/REV?expand=…          {_id, id, sha, …}; 404 with X-Error-Code otherwise
 *   GET /api/models/NAME/tree/COMMIT?recursive=&expand= [{type, path, size, oid, lfs?}], `Link: <…>; rel="next"` by pages
 *   GET /NAME/resolve/COMMIT/PATH                       the bytes with `ETag`, or 302 to the other origin with `X-Linked-ETag`
 *
 * Of a data set: /api/datasets/NAME/… and /datasets/NAME/resolve/….
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoredFile {
  readonly content: Uint8Array;
  readonly lfs?: boolean;
}

export interface SeenRequest {
  readonly host: "hub" | "cdn";
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** Answers a request itself and says so, or leaves it to the server. */
export type Fault = (request: IncomingMessage, response: ServerResponse, host: "hub" | "cdn") => boolean;

export interface HubServer {
  readonly type: "model" | "dataset";
  readonly url: string;
  readonly cdnUrl: string;
  readonly seen: SeenRequest[];
  readonly files: Map<string, StoredFile>;
  readonly refs: Map<string, string>;
  /** Entries of the listing that are replaced or added, as JSON. */
  readonly listing: Map<string, unknown>;
  fault: Fault | null;
  pageSize: number;
  close(): Promise<void>;
}

export const REPOSITORY = "tiny/llama";
export const COMMIT_A: string = "a".repeat(40);

export function gitOid(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.byteLength}\0`).update(content).digest("hex");
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export async function hubServer(
  files: Readonly<Record<string, StoredFile>>,
  type: HubServer["type"] = "model",
): Promise<HubServer> {
  const hub: Server = createServer((request, response) => answer("hub", request, response));
  const cdn: Server = createServer((request, response) => answer("cdn", request, response));
  const [url, cdnUrl] = [await listen(hub), await listen(cdn)];
  const state: HubServer = {
    type,
    url,
    cdnUrl,
    seen: [],
    files: new Map(Object.entries(files)),
    refs: new Map([["main", COMMIT_A]]),
    listing: new Map(),
    fault: null,
    pageSize: 1000,
    async close() {
      hub.closeAllConnections();
      cdn.closeAllConnections();
      await Promise.all([hub, cdn].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
  const answer = (host: "hub" | "cdn", request: IncomingMessage, response: ServerResponse): void => {
    const { range = null, authorization = null } = request.headers;
    const path = decodeURIComponent(request.url ?? "");
    state.seen.push({ host, path, range, authorization });
    if (state.fault?.(request, response, host) === true) return;
    if (host === "cdn") sendFile(state, path.slice(1), request, response);
    else hubAnswer(state, path, request, response);
  };
  return state;
}

function hubAnswer(state: HubServer, path: string, request: IncomingMessage, response: ServerResponse): void {
  const api = `/api/${state.type}s/${REPOSITORY}`;
  const home = state.type === "dataset" ? `datasets/${REPOSITORY}` : REPOSITORY;
  const revision = new RegExp(`^/${home}/resolve/([^/]+)/`).exec(path)?.[1] ?? COMMIT_A;
  const commit = state.refs.get(revision) ?? revision;
  const resolve = `/${home}/resolve/${revision}/`;
  const { pathname, searchParams } = new URL(path, state.url);
  if (pathname.startsWith(`${api}/revision/`)) {
    const sha = state.refs.get(pathname.slice(`${api}/revision/`.length));
    if (sha === undefined) return refuse(response, 404, "RevisionNotFound", "Invalid rev id: nope");
    return sendJson(response, { _id: "1", id: REPOSITORY, sha, private: false, gated: false, likes: 0, downloads: 0 });
  }
  if (pathname === `${api}/tree/${COMMIT_A}`)
    return sendListing(state, Number(searchParams.get("cursor") ?? 0), response);
  if (path.startsWith(resolve) && commit === COMMIT_A) {
    const name = path.slice(resolve.length);
    const file = state.files.get(name);
    if (file === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
    response.setHeader("X-Repo-Commit", COMMIT_A);
    if (file.lfs !== true) return sendFile(state, name, request, response);
    const headers = { "X-Linked-ETag": `"${sha256(file.content)}"`, "X-Linked-Size": String(file.content.byteLength) };
    response.writeHead(302, { ...headers, Location: `${state.cdnUrl}/${name}` }).end();
    return;
  }
  refuse(response, 404, "RepoNotFound", "Repository not found");
}

function sendListing(state: HubServer, from: number, response: ServerResponse): void {
  const entries = [...new Set([...state.files.keys(), ...state.listing.keys()])].map(
    (path) => state.listing.get(path) ?? entryOf(path, state.files.get(path) as StoredFile),
  );
  const to = from + state.pageSize;
  const next = `${state.url}/api/${state.type}s/${REPOSITORY}/tree/${COMMIT_A}?cursor=${to}`;
  if (to < entries.length) response.setHeader("Link", `<${next}>; rel="next"`);
  sendJson(response, entries.slice(from, to));
}

export function entryOf(path: string, { content, lfs = false }: StoredFile): unknown {
  const size = content.byteLength;
  const pointer = new TextEncoder().encode(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\n`,
  );
  if (!lfs) return { type: "file", path, size, oid: gitOid(content) };
  return { type: "file", path, size, oid: gitOid(pointer), lfs: { oid: sha256(content), size, pointerSize: 130 } };
}

function sendFile(state: HubServer, name: string, request: IncomingMessage, response: ServerResponse): void {
  const file = state.files.get(name);
  if (file === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
  const { content, lfs } = file;
  if (lfs !== true) response.setHeader("ETag", `"${gitOid(content)}"`);
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  if (start === undefined) {
    response.writeHead(200, { "Content-Length": content.byteLength }).end(content);
    return;
  }
  const from = Number(start);
  const range = `bytes ${from}-${content.byteLength - 1}/${content.byteLength}`;
  response
    .writeHead(206, { "Content-Length": content.byteLength - from, "Content-Range": range })
    .end(content.subarray(from));
}

export function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "X-Error-Code": code, "Content-Type": "application/json" });
  response.end(JSON.stringify({ error: message }));
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(value));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
