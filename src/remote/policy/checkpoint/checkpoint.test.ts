import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../../test/support/thrown.ts";
import { memoryStore } from "../../../policy/blob-store.ts";
import { policyGradientLoss, STEP } from "../../../policy/conformance-learning.ts";
import { fingerprintingReader } from "../../../policy/base-model.ts";
import { embeddedPolicy } from "../../../policy/embedded.ts";
import { parameterShapes } from "../../../policy/parameters.ts";
import { initialReader } from "../../../policy/tensor-reader.ts";
import { AepoError } from "../../../std/errors.ts";
import { adaptedTensors } from "../../../train/adapted-model.ts";
import { changedClient } from "../testing/changed-client.ts";
import { SMALL, type TinyRemote, tinyRemote } from "../testing/tiny-remote.ts";
import { known, probe, train, tree } from "../testing/tiny-training.ts";
import type { RemotePolicy } from "../options.ts";

let remote: TinyRemote;
beforeAll(async () => void (remote = await tinyRemote()));
afterAll(() => remote.close());

describe("a checkpoint of a policy on a server", () => {
  it("goes on after both were started again, optimiser included, and fails with what to do where the server lost it", async () => {
    const client = await remote.connect();
    const policy = await remote.open(client, known);
    await train(policy);
    const store = memoryStore();
    await policy.save(store);
    const { path } = JSON.parse(new TextDecoder().decode(store.blobs.get("remote.json"))) as { path: string };
    expect(JSON.parse(new TextDecoder().decode(store.blobs.get("remote.json")))).toEqual({
      format: "aepo-remote-1",
      path: `tinker://${policy.modelId}/weights/aepo-0`,
      baseModel: "tiny/qwen3",
      rank: 4,
      reduction: "sum",
    });
    await train(policy);
    const expected = await probe(policy);
    await client.close();

    const again = await remote.open(await remote.connect(), known);
    await again.load(store);
    await train(again);
    expect(await probe(again)).toEqual(expected);

    const folder = mkdtempSync(join(tmpdir(), "aepo-empty-"));
    const empty = await remote.open(await remote.connect({ folder }), known);
    const lines = (await rejectionMessage(empty.load(store))).split("\n");
    expect(lines[0]).toBe(`the server does not load the checkpoint ${path}`);
    expect(lines.at(-1)).toBe(
      "  to fix: start the server with the folder and database it kept its checkpoints in, or resume from an earlier one (--checkpoint NAME)",
    );
    // It must not be taken for the policy that was to be loaded.
    expect(await rejectionMessage(probe(empty))).toContain("the policy has lost its model on the server");
    rmSync(folder, { recursive: true });
  });

  it("can be loaded into a policy that has trained: what was accumulated is gone with the weights", async () => {
    const policy = await remote.open(await remote.connect(), known);
    await train(policy);
    const store = memoryStore();
    await policy.save(store);
    const [before, model] = [await probe(policy), policy.modelId];
    await train(policy);
    await policy.accumulate([tree], policyGradientLoss, 1);
    await policy.load(store);
    expect(await probe(policy)).toEqual(before);
    expect(policy.modelId).not.toBe(model);
    expect(await policy.step(STEP)).toEqual({ gradientNorm: 0, skipped: true });
    await policy.dispose();
  });

  it("holds the adapter's files, which open without the server and score the same", async () => {
    const client = await remote.connect();
    const base = { ...initialReader(SMALL, 3), close: async () => {} };
    const reader = fingerprintingReader(SMALL, base);
    for (const { name } of parameterShapes(SMALL)) await reader.read(name);
    const local = { checkpoint: "tiny", config: SMALL, fingerprint: reader.fingerprint() ?? "" };
    const notices: string[] = [];
    const policy = await remote.open(client, { ...known, local, onNotice: (notice) => notices.push(notice) });
    await train(policy);
    const store = memoryStore();
    await policy.save(store);
    expect(notices).toEqual([]);
    const tensors = await adaptedTensors(store, SMALL, async () => base);
    const { runtime } = remote.programs;
    const alone = await embeddedPolicy({ runtime, config: SMALL, tensors, source: "merged" });
    const expected = await probe(policy);
    for (const [i, logprob] of (await probe(alone)).entries()) expect(logprob).toBeCloseTo(expected[i] ?? 0, 5);
    await alone.dispose();
    // A server that gives nothing away is told of once; its checkpoints are good without.
    const closed = changedClient(client, {
      onDownload: () => Promise.reject(new AepoError("policy", "404: Not Found")),
    });
    const other = await remote.open(closed, { ...known, local, onNotice: (notice) => notices.push(notice) });
    for (const at of [memoryStore(), memoryStore()]) {
      await other.save(at);
      expect([...at.blobs.keys()]).toEqual(["remote.json"]);
    }
    expect(notices).toEqual(["checkpoints are on the server alone, without the adapter's files: 404: Not Found"]);
    await Promise.all([policy, other].map((one: RemotePolicy) => one.dispose()));
  });

  it("is refused by a policy of another rank, and where it is no checkpoint of a server", async () => {
    const client = await remote.connect();
    const policy = await remote.open(client, known);
    const store = memoryStore();
    await policy.save(store);
    const other = await remote.open(client, { ...known, rank: 2 });
    expect(await rejectionMessage(other.load(store))).toBe(`the checkpoint is of another model on a server
  expected: tiny/qwen3, rank 2
  found: tiny/qwen3, rank 4
  to fix: resume with the policy.model and policy.lora.rank it was made with, on a server of that model`);
    const text = (json: unknown) => new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));
    for (const [json, expected] of [
      ["{", "remote.json is not JSON: "],
      [{ format: "aepo-remote-9" }, "remote.json is not valid: "],
      [{ format: "aepo-remote-1", path: 7 }, "format aepo-remote-1 with path, baseModel, rank and reduction"],
    ] as const) {
      await store.write("remote.json", text(json));
      expect(await rejectionMessage(other.load(store))).toContain(expected);
    }
    await Promise.all([policy, other].map((one: RemotePolicy) => one.dispose()));
  });
});
