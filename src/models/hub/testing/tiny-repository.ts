/** Files of a small repository, a server that holds them, and a cache of its own: what the tests of downloads start from. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { randomStream } from "../../../std/random.ts";
import type { HubOptions } from "../session.ts";
import { type HubServer, hubServer, type StoredFile } from "./hub-server.ts";

export const text = (content: string): StoredFile => ({ content: new TextEncoder().encode(content) });
export const large = (bytes: number, seed = 1): StoredFile => {
  const random = randomStream(seed, "large");
  return { content: Uint8Array.from({ length: bytes }, () => random.integer(256)), lfs: true };
};

/** Beyond the buffers of sockets, so that a connection can be cut in the middle. */
export const WEIGHT_BYTES = 600_000;

export const MODEL: Readonly<Record<string, StoredFile>> = {
  "README.md": text("# Tiny"),
  "config.json": text('{"model_type":"llama"}'),
  "generation_config.json": text("{}"),
  "tokenizer.json": text('{"model":{"type":"BPE"}}'),
  "tokenizer_config.json": text("{}"),
  "chat_template.jinja": text("{{ messages }}"),
  "model.safetensors": large(WEIGHT_BYTES),
  "pytorch_model.bin": large(100),
  "onnx/model.onnx": large(100),
};

export interface HubFixture {
  server: HubServer;
  cache: string;
  /** Of `wait`, in order. */
  waits: number[];
  notices: string[];
  options(more?: Partial<HubOptions>): HubOptions;
  /** The repository's folder in the cache. */
  folder(): string;
  blobs(): string[];
}

/** A fresh server and cache for each test. */
export function useHub(
  files: Readonly<Record<string, StoredFile>> = MODEL,
  type: HubServer["type"] = "model",
): HubFixture {
  const fixture = { waits: [], notices: [] } as unknown as HubFixture;
  beforeEach(async () => {
    fixture.server = await hubServer(files, type);
    fixture.cache = mkdtempSync(join(tmpdir(), "aepo-hub-"));
    [fixture.waits, fixture.notices] = [[], []];
  });
  afterEach(async () => {
    await fixture.server.close();
    rmSync(fixture.cache, { recursive: true, force: true });
  });
  fixture.options = (more = {}) => ({
    endpoint: fixture.server.url,
    token: null,
    cache: fixture.cache,
    offline: false,
    onNotice: (notice) => fixture.notices.push(notice),
    wait: async (ms) => void fixture.waits.push(ms),
    ...more,
  });
  fixture.folder = () => join(fixture.cache, `${type}s--tiny--llama`);
  fixture.blobs = () => readdirSync(join(fixture.folder(), "blobs")).sort();
  return fixture;
}

export function contentOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
