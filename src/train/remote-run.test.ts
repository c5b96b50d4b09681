/** Runs whose policy is on a server of this process: the same loop, the same folder, and on where client and server died. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { openTinkerClient } from "../remote/client/open-client.ts";
import { serverFile } from "../run/server-file.ts";
import { openPolicy } from "./open.ts";
import { openTrained } from "./open-trained.ts";
import { writeReport } from "../report/write-report.ts";
import { checkpointName } from "../run/layout.ts";
import { readJournal } from "../run/journal.ts";
import type { MetricRecord, StepRecord } from "../run/records.ts";
import type { TinkerServer } from "../serve/tinker/start-tinker-server.ts";
import { TINY_NAME, type TinyTinker, tinyTinker } from "../serve/tinker/testing/tiny-tinker.ts";
import { runConfigSchema } from "./config.ts";
import { anyPolicySchema, policySchema } from "./policy-options.ts";
import { COIN_MODEL, COIN_SEED, coinTask, writeCoinModel } from "./testing/coin-run.ts";
import { train } from "./train.ts";

let root = "";
let model = "";
let tiny: TinyTinker;
let server: TinkerServer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "aepo-remote-run-"));
  model = await writeCoinModel(join(root, "model"));
  tiny = await tinyTinker({ config: COIN_MODEL, seed: COIN_SEED });
  server = await tiny.start();
});
afterAll(async () => {
  await tiny.close();
  rmSync(root, { recursive: true, force: true });
});

const QUESTIONS = 3;
const GROUP = 4;
const LORA = { rank: 4 };
const SEED = 2;

interface How {
  readonly task?: ReturnType<typeof coinTask>;
  readonly signal?: AbortSignal;
  readonly resume?: boolean;
  readonly onRecord?: (record: MetricRecord) => void;
}

function run(folder: string, policy: object, { task = coinTask(), ...how }: How = {}, changes: object = {}) {
  const config = runConfigSchema.parse({
    seed: SEED,
    algorithm: { name: "aepo", groupSize: GROUP, updates: 2, decision: "sample", advantage: { entropyWeight: 0 } },
    policy,
    optimizer: { learningRate: 1e-2, maxGradientNorm: 1e6 },
    train: { steps: 2, questionsPerStep: QUESTIONS, ...changes },
    eval: { every: 2, questions: 4, samples: 1, k: [1], progressQuestions: 4 },
    run: { folder: join(root, folder) },
  });
  return train({ task, config, resolved: { task: { name: "coin" }, ...config }, ...how });
}

const embedded = () => ({ checkpoint: model, threads: 1, cacheTokens: 2048, lora: LORA });
const remote = (more: object = {}) => ({
  engine: "tinker",
  url: server.url,
  model: TINY_NAME,
  tokenizer: model,
  lora: { ...LORA, seed: SEED },
  microBatch: 1,
  samplersApart: true,
  ...more,
});

const records = (folder: string): MetricRecord[] => readJournal<MetricRecord>(join(root, folder, "metrics.jsonl"));
const steps = (folder: string): StepRecord[] => records(folder).filter((record) => record.kind === "step");
const files = (folder: string): string[] => readdirSync(join(root, folder)).sort();

it("leaves what a run in this process leaves, and the first step's numbers are its numbers", async () => {
  // The same rollouts, so that the steps can be compared: those of the first step, as a killed run would have kept them.
  const trees = join("kept-rollouts", `${checkpointName(1)}.trees`);
  mkdirSync(join(root, "there", "kept-rollouts"), { recursive: true });
  const onRecord = (record: MetricRecord): void => {
    if (record.kind === "step" && record.step === 1)
      copyFileSync(join(root, "here", trees), join(root, "there", trees));
  };
  await run("here", embedded(), { onRecord });
  const { before, after } = await run("there", remote());

  expect(files("there")).toEqual(files("here"));
  expect(records("there").map(({ kind }) => kind)).toEqual(records("here").map(({ kind }) => kind));
  expect([before?.step, after?.step]).toEqual([0, 2]);
  const [here, there] = [steps("here")[0], steps("there")[0]];
  expect(there?.figures.reward).toEqual(here?.figures.reward);
  expect(there?.figures.branch).toEqual(here?.figures.branch);
  expect(there?.updates).toBe(here?.updates);
  expect(there?.loss).toBeCloseTo(here?.loss ?? Number.NaN, 5);
  expect(there?.gradientNorm).toBeCloseTo(here?.gradientNorm ?? Number.NaN, 4);
  // Sampled by one engine and computed again by the other, over the network.
  expect(there?.gaps?.max).toBeLessThan(1e-4);
  expect(there?.gaps?.tokens).toBe(here?.gaps?.tokens);
  expect(steps("there")[1]?.gaps?.max).toBeLessThan(1e-4);

  expect(readdirSync(join(root, "there", "checkpoints"))).toEqual(readdirSync(join(root, "here", "checkpoints")));
  expect(readdirSync(join(root, "there", "checkpoints", checkpointName(2))).sort()).toEqual([
    "manifest.json",
    "remote.json",
    "tokenizer.json",
  ]);
  writeReport(join(root, "there"));
  expect(readFileSync(join(root, "there", "report.html"), "utf8")).toContain(TINY_NAME);
}, 300_000);

/** The server dies with everything it had loaded; what it saved stays on its disk. */
async function restartServer(): Promise<void> {
  await server.close();
  server = await tiny.start();
}

function kept(folder: string, step: number): string[] {
  const path = join(root, folder, "kept-rollouts", `${checkpointName(step)}.trees`);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

it("goes on where client and server died: from the checkpoint on the server, without a rollout that was finished", async () => {
  // The last question of the second step is never judged: the run stops with the others kept.
  const last = coinTask().question("train", 2 * QUESTIONS - 1).id;
  const stop = new AbortController();
  const look = setInterval(() => {
    if (kept("died", 2).length === QUESTIONS - 1) stop.abort(new Error("killed"));
  }, 10);
  const hanging = coinTask((question) => (question === last ? new Promise<void>(() => undefined) : undefined));
  const killed = run("died", remote(), { task: hanging, signal: stop.signal });
  expect(await rejectionMessage(killed).finally(() => clearInterval(look))).toBe("killed");
  const before = kept("died", 2);
  await restartServer();

  // Of a client that died in the midst of something else: a model that nobody would unload for minutes.
  const dead = await openTinkerClient({ url: server.url });
  const limits = { vocabularySize: COIN_MODEL.vocab_size, maxSequenceTokens: 96 };
  const orphan = await dead.createModel({ baseModel: TINY_NAME, rank: 4, seed: 1, limits });
  const file = serverFile(join(root, "died", "server.json"));
  file.begin(dead.baseUrl, dead.sessionId);
  file.add(orphan.id);
  expect(server.models).toBe(1);

  const judged: string[] = [];
  const task = coinTask((question) => void judged.push(question));
  const { state } = await run("died", remote(), { task, resume: true });
  expect(state.step).toBe(2);
  expect(server.models).toBe(0);
  await dead.close();
  const training = judged.filter((id) => id.startsWith("train"));
  expect(training).toEqual(Array.from({ length: GROUP }, () => last));
  const rollouts = readJournal<{ step: number; tree: { question: { id: string } } }>(
    join(root, "died", "rollouts.jsonl"),
  );
  expect(rollouts.map(({ step }) => step)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(before).toHaveLength(QUESTIONS - 1);
  expect(files("died")).toEqual(files("there").filter((name) => name !== "report.html"));
  expect(steps("died").map(({ step }) => step)).toEqual([1, 2]);
  expect(steps("died")[1]?.gaps?.max).toBeLessThan(1e-4);
}, 300_000);

it("says what is wrong with the server, the key or the folder before anything is trained", async () => {
  const open = (more: object): Promise<string> =>
    rejectionMessage(openPolicy(anyPolicySchema.parse(remote(more))).then(({ close }) => close()));
  expect(await open({ model: "Qwen/Qwen3-0.6B" })).toBe(
    `policy.model: the server at ${server.url} has no model "Qwen/Qwen3-0.6B"\n  found: ${TINY_NAME}\n  to fix: name one of these, and its tokenizer (policy.tokenizer)`,
  );
  expect(await open({ apiKeyEnv: "AEPO_NO_SUCH_KEY" })).toBe(
    "policy.apiKeyEnv: the environment variable AEPO_NO_SUCH_KEY is not set\n  expected: the server's key\n  to fix: export AEPO_NO_SUCH_KEY=…, or leave policy.apiKeyEnv out for a server without keys",
  );
  // A run on a server is on the server: what needs its weights here says so.
  expect(await rejectionMessage(openPolicy(policySchema.parse({ checkpoint: join(root, "there") })))).toBe(
    `${join(root, "there", "checkpoints", checkpointName(2))} was trained on a server, which has its weights\n  found: remote.json, their address there\n  to fix: train with policy.downloadAdapters: true, which keeps the adapter in checkpoints, too`,
  );
}, 300_000);

it("rolls out a step ahead where the server keeps its samplers apart, and says so where it does not", async () => {
  const ahead = { offPolicy: {}, overlap: true };
  await run("ahead", remote(), {}, ahead);
  const [first, second] = steps("ahead").map(({ offPolicy }) => offPolicy);
  expect(first?.drift.max).toBeLessThan(1e-4);
  expect(second?.drift.max).toBeGreaterThan(1e-3);
  expect(await rejectionMessage(run("not-ahead", remote({ samplersApart: false }), {}, ahead))).toContain(
    "train.offPolicy: this engine cannot sample the weights of a step ago while others are trained\n",
  );
}, 300_000);

it("keeps the adapter here, too, where that is wanted: the checkpoint opens in this process as what the server has", async () => {
  await run("downloaded", remote({ downloadAdapters: true }), {}, { steps: 1 });
  const folder = join(root, "downloaded", "checkpoints", checkpointName(1));
  const here = await openPolicy(policySchema.parse({ checkpoint: folder, threads: 1 }));
  const there = await openTrained(anyPolicySchema.parse(remote()), folder, SEED);
  const ids = [1, 6, 7, 8, 2];
  const [[a], [b]] = [
    await here.policy.score([{ ids, temperature: 1 }]),
    await there.policy.score([{ ids, temperature: 1 }]),
  ];
  for (const [t, logprob] of (a?.logprobs ?? []).entries())
    expect(logprob).toBeCloseTo(b?.logprobs[t] ?? Number.NaN, 4);
  expect(a?.logprobs).toHaveLength(4);
  await here.close();
  await there.close();
}, 300_000);
