/** PPO with its value head, end to end: the warm-up, the update, checkpoints, and who cannot run it. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import { makeAlgorithm } from "../algorithm/list.ts";
import { scriptedPolicy } from "../policy/scripted.ts";
import { checkpointName } from "../run/layout.ts";
import type { MetricRecord, StepRecord } from "../run/records.ts";
import { type RunConfigInput, runConfigSchema } from "./config.ts";
import { criticFor } from "./critic-values.ts";
import { makeTask, taskSchema } from "./tasks.ts";
import { train } from "./train.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-ppo-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const atlas = makeTask(taskSchema.parse({ name: "atlas" }));
const settings = (folder: string, algorithm: object = {}): RunConfigInput => ({
  seed: 3,
  algorithm: { name: "ppo", groupSize: 4, updates: 2, criticWarmup: 1, ...algorithm },
  policy: { checkpoint: "bundled:atlas", threads: 1 },
  optimizer: { learningRate: 1e-3 },
  train: { steps: 2, questionsPerStep: 2 },
  eval: { every: 0 },
  run: { folder: join(root, folder), rolloutsEvery: 0 },
});

/** Digests by name: comparing megabytes one number after the other takes longer than the runs. */
function files(folder: string, step: number): Record<string, string> {
  const path = join(root, folder, "checkpoints", checkpointName(step));
  const names = readdirSync(path).filter((name) => name !== "manifest.json");
  return Object.fromEntries(names.sort().map((name) => [name, digest(readFileSync(join(path, name)))]));
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

it("B-PPO: the warm-up trains the head alone, then both learn; a run that was stopped goes on to the same bytes", async () => {
  const steps: StepRecord[] = [];
  const onRecord = (record: MetricRecord): void => {
    if (record.kind === "step") steps.push(record);
  };
  const whole = runConfigSchema.parse(settings("whole"));
  await train({ task: atlas, config: whole, resolved: whole, onRecord });
  const [first, second] = steps;
  expect(first).toMatchObject({ updates: 0, loss: null, gradientNorm: null, logprobGap: null });
  expect(first?.figures).toMatchObject({ clip: null, critic: { warmup: true, valueMean: 0 } });
  expect(first?.figures.critic?.gradientNorm).toBeGreaterThan(0);
  expect(second?.updates).toBe(2);
  expect(second?.figures.critic).toMatchObject({ warmup: false });
  expect(second?.figures.critic?.valueMean).not.toBe(0);
  expect(second?.figures.clip?.pathTokens).toBeGreaterThan(0);
  expect(second?.logprobGap).toBeLessThan(1e-4);
  expect(Object.keys(files("whole", 1))).toEqual([
    "config.json",
    "model.safetensors",
    "optimizer.safetensors",
    "tokenizer.json",
    "value.safetensors",
  ]);
  const bundled = digest(readFileSync(new URL("../../checkpoints/atlas/model.safetensors", import.meta.url)));
  expect(files("whole", 1)["model.safetensors"]).toBe(bundled);
  expect(files("whole", 2)["model.safetensors"]).not.toBe(bundled);
  expect(files("whole", 2)["value.safetensors"]).not.toEqual(files("whole", 1)["value.safetensors"]);

  const config = runConfigSchema.parse(settings("halves"));
  const stop = new AbortController();
  const stopping = ({ kind }: { kind: string }): void => {
    if (kind === "step") stop.abort(new Error("stopped"));
  };
  const options = { task: atlas, config, resolved: config };
  const stopped = train({ ...options, signal: stop.signal, onRecord: stopping });
  expect(await rejectionMessage(stopped)).toBe("stopped");
  await train({ ...options, resume: true });
  expect(files("halves", 2)).toEqual(files("whole", 2));
}, 60_000);

it("B-PPO: with adapters and a shared trunk it runs and acts, too", async () => {
  const config = runConfigSchema.parse({
    ...settings("adapters", { shareTrunk: true }),
    policy: { checkpoint: "bundled:atlas", threads: 1, lora: { rank: 2, alpha: 4 }, recompute: "always" },
  });
  const { state } = await train({ task: atlas, config, resolved: config });
  expect(state.step).toBe(2);
  expect(Object.keys(files("adapters", 2))).toContain("value.safetensors");
  expect(files("adapters", 2)["adapter_model.safetensors"]).not.toEqual(
    files("adapters", 1)["adapter_model.safetensors"],
  );
}, 60_000);

it("B-PPO: an engine without a value head is refused, and a warm-up that never ends", () => {
  const policy = scriptedPolicy({ vocabularySize: 3, logits: () => [0, 0, 0] });
  const algorithm = makeAlgorithm(runConfigSchema.parse(settings("x")).algorithm, atlas);
  expect(thrownMessage(() => criticFor(algorithm, policy))).toBe(
    "algorithm.name: ppo needs a value head (B-PPO), and this engine has none\n" +
      "  expected: the embedded engine\n" +
      "  found: scripted policy\n" +
      "  to fix: train with the embedded engine, or use an algorithm without a critic, such as reinforce-plus-plus, rloo or grpo",
  );
  expect(criticFor({ name: "grpo" }, policy)).toBeNull();
  const { error } = runConfigSchema.safeParse(settings("x", { criticWarmup: 2 }));
  expect(error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
    "algorithm.criticWarmup: criticWarmup (B-PPO) leaves the policy no step to learn in: set it below the run's number of steps, or give the run more",
  ]);
});
