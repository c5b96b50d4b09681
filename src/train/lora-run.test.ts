/** A run that trains adapters, from its folder: resumed, evaluated, and as the start of another run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { openCheckpoint } from "../run/checkpoint.ts";
import { checkpointName } from "../run/layout.ts";
import { writeModel } from "./sft-run.ts";
import { makeFolder } from "../run/make-folder.ts";
import { type RunConfigInput, runConfigSchema } from "./config.ts";
import { openPolicy } from "./open.ts";
import { makeTask, taskSchema } from "./tasks.ts";
import { train } from "./train.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-lora-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const task = makeTask(taskSchema.parse({ name: "atlas" }));
const LORA = { rank: 2, alpha: 4 };

const settings = (folder: string, policy: object = {}): RunConfigInput => ({
  seed: 3,
  algorithm: { name: "grpo", groupSize: 4 },
  policy: { checkpoint: "bundled:atlas", lora: LORA, ...policy },
  optimizer: { learningRate: 1e-2 },
  train: { steps: 2, questionsPerStep: 2 },
  eval: { every: 0 },
  run: { folder: join(root, folder), rolloutsEvery: 0 },
});

function start(folder: string, policy?: object): ReturnType<typeof train> {
  const config = runConfigSchema.parse(settings(folder, policy));
  return train({ task, config, resolved: config });
}

function files(folder: string, step: number): Map<string, Buffer> {
  const path = join(root, folder, "checkpoints", checkpointName(step));
  const names = readdirSync(path).filter((name) => name !== "manifest.json");
  return new Map(names.sort().map((name) => [name, readFileSync(join(path, name))]));
}

const IDS = [5, 9, 14, 30, 7];

async function logprobsOf(checkpoint: string, lora?: typeof LORA): Promise<number[]> {
  const { policy, close } = await openPolicy(
    runConfigSchema.parse({ ...settings("x"), policy: { checkpoint, lora } }).policy,
  );
  try {
    const [score] = await policy.score([{ ids: IDS, temperature: 1 }]);
    return [...(score?.logprobs ?? [])];
  } finally {
    await close();
  }
}

it("goes on after an interruption to the same bytes, and its folder opens as the model it made", async () => {
  await start("whole");
  const config = runConfigSchema.parse(settings("halves"));
  const stop = new AbortController();
  const onRecord = ({ kind }: { kind: string }): void => {
    if (kind === "step") stop.abort(new Error("stopped"));
  };
  const options = { task, config, resolved: config };
  expect(await rejectionMessage(train({ ...options, signal: stop.signal, onRecord }))).toBe("stopped");
  expect(files("halves", 1)).toEqual(files("whole", 1));
  await train({ ...options, resume: true });
  expect(files("halves", 2)).toEqual(files("whole", 2));
  expect([...files("whole", 2).keys()]).toEqual([
    "adapter_config.json",
    "adapter_model.safetensors",
    "base_model.json",
    "config.json",
    "optimizer.safetensors",
    "tokenizer.json",
  ]);
  expect(JSON.parse(String(files("whole", 2).get("base_model.json")))).toMatchObject({ checkpoint: "bundled:atlas" });

  const [before, after] = [await logprobsOf("bundled:atlas"), await logprobsOf(join(root, "whole"))];
  expect(after).not.toEqual(before);
  for (const [i, x] of after.entries()) expect(Math.abs(x - (before[i] ?? 0))).toBeLessThan(3);
  // New adapters beside what the old ones made change nothing before they are trained.
  expect(await logprobsOf(join(root, "whole"), LORA)).toEqual(after);
  // A run of adapters that goes on from a run of adapters, and opens through both.
  await start("second", { checkpoint: join(root, "whole") });
  const chained = await logprobsOf(join(root, "second"));
  expect(chained).not.toEqual(after);
  // What the run itself would sample from, to rounding.
  const run = await openPolicy(runConfigSchema.parse(settings("x", { checkpoint: join(root, "whole") })).policy);
  await run.policy.load(openCheckpoint(join(root, "second", "checkpoints", checkpointName(2))).store);
  const [score] = await run.policy.score([{ ids: IDS, temperature: 1 }]);
  for (const [i, x] of chained.entries()) expect(x).toBeCloseTo(score?.logprobs[i] ?? Number.NaN, 4);
  await run.close();
}, 60_000);

it("refuses a folder of adapters whose base is gone, or is another model by now", async () => {
  const folder = join(root, "cold");
  const { policy, tokenizer, close } = await openPolicy(runConfigSchema.parse(settings("x")).policy);
  makeFolder(folder);
  await writeModel(folder, { policy, tokenizer });
  await close();
  const base = { fingerprint: "0".repeat(32) };
  const path = join(folder, "base_model.json");
  const { fingerprint } = JSON.parse(readFileSync(path, "utf8")) as { fingerprint: string };
  writeFileSync(path, JSON.stringify({ ...base, checkpoint: "bundled:atlas" }));
  expect(await rejectionMessage(logprobsOf(folder))).toBe(
    "the adapters were trained beside another base model\n" +
      `  expected: bundled:atlas with fingerprint ${base.fingerprint}\n` +
      `  found: bundled:atlas with fingerprint ${fingerprint}\n` +
      "  to fix: set policy.checkpoint to the model they were trained beside, unchanged since",
  );
  writeFileSync(path, JSON.stringify({ fingerprint, checkpoint: "runs/gone" }));
  expect(await rejectionMessage(logprobsOf(folder))).toMatch(
    /^the model that the adapters stand beside does not open: no checkpoint at runs\/gone\n/,
  );
  writeFileSync(path, JSON.stringify({ fingerprint, checkpoint: null }));
  expect(await rejectionMessage(logprobsOf(folder))).toBe(
    "the adapters do not say which model they stand beside\n" +
      "  found: base_model.json without a checkpoint\n" +
      "  to fix: write the model's name into base_model.json",
  );
});
