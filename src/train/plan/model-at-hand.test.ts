import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { checkpointFolder } from "../checkpoint-folder.ts";
import { modelAtHand } from "./model-at-hand.ts";

let root = "";
let config = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-at-hand-"));
  config = readFileSync(join(checkpointFolder("bundled:atlas"), "config.json"), "utf8");
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("knows a model that is here, tokenizer and all", async () => {
  const { config: sizes, tokenizer, missing } = await modelAtHand("bundled:atlas");
  expect([sizes.num_hidden_layers, tokenizer?.vocabularySize, missing]).toEqual([4, 280, null]);
});

it("makes do with a config.json", async () => {
  const folder = join(root, "bare");
  mkdirSync(folder);
  writeFileSync(join(folder, "config.json"), config);
  const { config: sizes, tokenizer, missing } = await modelAtHand(folder);
  expect([sizes.hidden_size, tokenizer, missing]).toEqual([128, null, `${folder} has no weights yet`]);
  writeFileSync(join(folder, "config.json"), "{");
  expect(await rejectionMessage(modelAtHand(folder))).toMatch(new RegExp(`^${join(folder, "config.json")}: `));
});

it("takes a config.json from the Hub's cache, and says what is not there", async () => {
  vi.stubEnv("HF_HUB_CACHE", join(root, "hub"));
  expect(await rejectionMessage(modelAtHand("hf://owner/name"))).toBe(
    "hf://owner/name is not on this machine, not even its config.json\n" +
      "  expected: at least the model's config.json, in the cache or in a folder that the recipe names\n" +
      "  to fix: fetch it (aepo download hf://owner/name), or plan with a folder that holds its config.json",
  );
  const commit = "0123456789".repeat(4);
  const repository = join(root, "hub", "models--owner--name");
  mkdirSync(join(repository, "snapshots", commit), { recursive: true });
  mkdirSync(join(repository, "refs"));
  writeFileSync(join(repository, "refs", "main"), commit);
  writeFileSync(join(repository, "snapshots", commit, "config.json"), config);
  const { config: sizes, missing } = await modelAtHand("hf://owner/name");
  expect(sizes.vocab_size).toBe(280);
  expect(missing).toBe("hf://owner/name is not on this machine: aepo download hf://owner/name");
});
