import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage } from "../../../../test/support/thrown.ts";
import { openInlineRuntime } from "../../../engine/runtime/node.ts";
import type { Runtime } from "../../../engine/runtime/runtime.ts";
import { memoryStore } from "../../../policy/blob-store.ts";
import { policyGradientLoss, STEP } from "../../../policy/conformance-learning.ts";
import { fingerprintingReader } from "../../../policy/base-model.ts";
import { embeddedPolicy } from "../../../policy/embedded.ts";
import { parameterShapes } from "../../../policy/parameters.ts";
import { initialReader } from "../../../policy/tensor-reader.ts";
import { ids, LORA, TINY, tree } from "../../../policy/testing/tiny-adapters.ts";
import { adaptedTensors } from "../../../train/adapted-model.ts";
import { writeAdapterFiles } from "./adapter-files.ts";

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
  folder = mkdtempSync(join(tmpdir(), "aepo-adapter-"));
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

const BASE = 11;
const base = () => ({ ...initialReader(TINY, BASE), close: async () => {} });
const requests = [{ ids, temperature: 1 }];

/** Adapters that have learnt something, what they score, and their files. */
async function trained() {
  const adapters = { lora: LORA, seed: 4, base: "tiny" };
  const policy = await embeddedPolicy({ runtime, config: TINY, seed: BASE, adapters });
  await policy.accumulate([tree], policyGradientLoss, 1);
  await policy.step({ ...STEP, learningRate: 0.1 });
  const [store, [score]] = [memoryStore(), await policy.score(requests)];
  await policy.save(store);
  await policy.dispose();
  return { store, logprobs: [...(score?.logprobs ?? [])] };
}

function archive(files: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  execFileSync("tar", ["-C", folder, "-czf", join(folder, "out.tgz"), ...Object.keys(files)]);
  return readFileSync(join(folder, "out.tgz"));
}

async function local() {
  const reader = fingerprintingReader(TINY, base());
  for (const { name } of parameterShapes(TINY)) await reader.read(name);
  return { checkpoint: "tiny", config: TINY, fingerprint: reader.fingerprint() ?? "" };
}

it("a server's archive becomes a checkpoint that opens without the server; SkyRL's missing targets are those of its tensors", async () => {
  const { store, logprobs } = await trained();
  const tensors = store.blobs.get("adapter_model.safetensors") ?? new Uint8Array();
  // The fields that SkyRL writes.
  const config = JSON.stringify({ peft_type: "LORA", r: 3, lora_alpha: 6, target_modules: null, bias: "none" });
  const files = { "adapter_model.safetensors": tensors, "adapter_config.json": config };
  const written = memoryStore();
  await writeAdapterFiles(written, archive(files), await local());
  expect([...written.blobs.keys()].sort()).toEqual([
    "adapter_config.json",
    "adapter_model.safetensors",
    "base_model.json",
    "config.json",
  ]);
  const merged = await adaptedTensors(written, TINY, async () => base());
  const alone = await embeddedPolicy({ runtime, config: TINY, tensors: merged, source: "merged" });
  const [score] = await alone.score(requests);
  for (const [i, logprob] of (score?.logprobs ?? []).entries()) expect(logprob).toBeCloseTo(logprobs[i] ?? 0, 5);
  await alone.dispose();
});

it("an archive without an adapter of this model is refused", async () => {
  const { store } = await trained();
  const tensors = store.blobs.get("adapter_model.safetensors") ?? new Uint8Array();
  const at = await local();
  const write = (files: Readonly<Record<string, Uint8Array | string>>) =>
    rejectionMessage(writeAdapterFiles(memoryStore(), archive(files), at));
  expect(await write({ "a.txt": "", "b.txt": "" })).toBe(
    "the server's archive has no adapter_model.safetensors\n  found: a.txt, b.txt",
  );
  expect(await write({ "adapter_model.safetensors": tensors, "adapter_config.json": "{" })).toContain(
    "the server's adapter_config.json is not JSON: ",
  );
  const wide = JSON.stringify({ r: 5, lora_alpha: 6, target_modules: null });
  expect(await write({ "adapter_model.safetensors": tensors, "adapter_config.json": wide })).toContain("q_proj.lora_A");
});
