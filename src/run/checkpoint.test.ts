import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import type { BlobStore } from "../policy/policy.ts";
import { listCheckpoints, openCheckpoint, type RunState, sweepCheckpoints, writeCheckpoint } from "./checkpoint.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-checkpoint-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const state = (step: number): RunState => ({
  step,
  seed: 1,
  nextQuestion: 8 * step,
  toolEntropySpread: null,
  best: null,
  journals: { metrics: 10, rollouts: 20 },
  seconds: 1.5,
  rollbacks: 0,
  spent: { rollouts: 16 * step, tokens: 900 * step, calls: 40 * step, idleSteps: 0 },
});
const weights = (step: number) => (store: BlobStore) => store.write("model.safetensors", new Uint8Array([1, 2, step]));

it("reads back what was written", async () => {
  const folder = await writeCheckpoint(root, state(3), weights(3));
  const checkpoint = openCheckpoint(folder);
  expect(checkpoint.state).toEqual(state(3));
  expect([...(await checkpoint.store.read("model.safetensors"))]).toEqual([1, 2, 3]);
});

it("a failed write leaves the old checkpoints and nothing half-written", async () => {
  await writeCheckpoint(root, state(1), weights(1));
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const message = await rejectionMessage(
    writeCheckpoint(root, state(2), async (store) => {
      await store.write("model.safetensors", new Uint8Array(3));
      throw full;
    }),
  );
  expect(message).toBe(
    `cannot write the checkpoint ${join(root, "step-000002")}: ENOSPC: no space left on device, write\n  to fix: free some space on that disk, then resume: everything written before is intact`,
  );
  expect(readdirSync(root)).toEqual(["step-000001"]);
});

it("keeps the last ones and the best, and removes what a killed run left", async () => {
  for (const step of [1, 2, 3, 4]) await writeCheckpoint(root, state(step), weights(step));
  mkdirSync(join(root, ".writing-step-000005"));
  sweepCheckpoints(root, 2, ["step-000001"]);
  expect(readdirSync(root)).toEqual(["step-000001", "step-000003", "step-000004"]);
  expect(listCheckpoints(root)).toEqual(["step-000001", "step-000003", "step-000004"]);
});

it("names the damaged blob", async () => {
  const folder = await writeCheckpoint(root, state(1), weights(1));
  writeFileSync(join(folder, "model.safetensors"), "x");
  expect(await rejectionMessage(openCheckpoint(folder).store.read("model.safetensors"))).toBe(
    `${join(folder, "model.safetensors")} is damaged\n  expected: sha256 ${JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).sha256["model.safetensors"]}\n  found: sha256 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 (1 bytes)\n  to fix: resume from another checkpoint (--checkpoint NAME)`,
  );
});

it("names a missing blob, a foreign folder and a foreign manifest", async () => {
  const folder = await writeCheckpoint(root, state(1), weights(1));
  expect(await rejectionMessage(openCheckpoint(folder).store.read("adapter.safetensors"))).toBe(
    `the checkpoint ${folder} has no "adapter.safetensors"\n  to fix: it was made with another engine or policy: resume with the config it was made with`,
  );
  expect(thrownMessage(() => openCheckpoint(root))).toBe(
    `${root} is not a checkpoint of a run\n  expected: a folder with manifest.json\n  found: files: step-000001\n  to fix: give a folder such as RUN/checkpoints/step-000010`,
  );
  writeFileSync(join(folder, "manifest.json"), '{"format": "other"}');
  expect(thrownMessage(() => openCheckpoint(folder))).toContain(
    `${join(folder, "manifest.json")} is damaged or of another program\n  expected: format "aepo-checkpoint-1"`,
  );
});
