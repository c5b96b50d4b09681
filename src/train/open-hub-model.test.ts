/** A model by its name on the Hub, opened as a recipe opens it: from a server on this machine, then from the cache alone. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type HubServer, hubServer } from "../models/hub/testing/hub-server.ts";
import { openModel } from "./open-model.ts";

const BUNDLED = "checkpoints/atlas";
const file = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(BUNDLED, name)));

describe("a model of the Hub", () => {
  let [server, home]: [HubServer | null, string] = [null, ""];
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "aepo-hub-home-"));
    server = await hubServer({
      "config.json": { content: file("config.json") },
      "tokenizer.json": { content: file("tokenizer.json") },
      "model.safetensors": { content: file("model.safetensors"), lfs: true },
    });
    vi.stubEnv("HF_ENDPOINT", server.url);
    vi.stubEnv("HF_HOME", home);
    vi.stubEnv("HF_HUB_CACHE", "");
    vi.stubEnv("HF_HUB_OFFLINE", "");
    vi.stubEnv("HF_TOKEN", "");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server?.close();
    rmSync(home, { recursive: true, force: true });
  });

  it("opens with its weights and its tokenizer, and again offline", async () => {
    const local = await openModel("bundled:atlas");
    const name = [...local.tensors.shapes.keys()][0] ?? "";
    const wanted = await local.tensors.read(name);
    await local.tensors.close();
    for (const offline of ["", "1"]) {
      vi.stubEnv("HF_HUB_OFFLINE", offline);
      const model = await openModel("hf://tiny/llama");
      expect(model.config).toEqual(local.config);
      expect(model.tokenizer.vocabularySize).toBe(local.tokenizer.vocabularySize);
      expect(await model.tensors.read(name)).toEqual(wanted);
      await model.tensors.close();
    }
    expect(server?.seen.filter(({ host }) => host === "cdn")).toHaveLength(1);
  });
});
