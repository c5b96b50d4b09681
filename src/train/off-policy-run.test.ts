/** Runs whose rollouts are a step ahead of their training: what is sampled with which weights, and that a killed run comes to the same bytes. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import { algorithmSchema, makeAlgorithm } from "../algorithm/list.ts";
import { readJournal } from "../run/journal.ts";
import { checkpointName } from "../run/layout.ts";
import type { MetricRecord, RolloutRecord, StepRecord } from "../run/records.ts";
import { runConfigSchema } from "./config.ts";
import { checkOffPolicyFits } from "./off-policy.ts";
import { openPolicy } from "./open.ts";
import { policySchema } from "./policy-options.ts";
import { coinTask, writeCoinModel } from "./testing/coin-run.ts";
import { train } from "./train.ts";

let root = "";
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "aepo-off-policy-"));
  await writeCoinModel(join(root, "model"));
  await run("ahead", AHEAD);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const QUESTIONS = 3;
const STEPS = 3;
const CAP = 1.05;
const AHEAD = { train: { offPolicy: { maxImportanceWeight: CAP } } };

interface Changes {
  readonly train?: object;
  readonly learningRate?: number;
}

type How = Partial<Pick<Parameters<typeof train>[0], "task" | "signal" | "resume">>;

function configOf(folder: string, { train: changes, learningRate = 1e-2 }: Changes = {}) {
  return runConfigSchema.parse({
    seed: 1,
    algorithm: { name: "aepo", groupSize: 4, updates: 2, decision: "sample" },
    policy: { checkpoint: join(root, "model"), threads: 1, cacheTokens: 2048 },
    optimizer: { learningRate },
    train: { steps: STEPS, questionsPerStep: QUESTIONS, ...changes },
    eval: { every: 0 },
    run: { folder: join(root, folder) },
  });
}

function run(folder: string, changes: Changes = {}, { task = coinTask(), ...how }: How = {}) {
  const config = configOf(folder, changes);
  return train({ task, config, resolved: config, ...how });
}

const steps = (folder: string): StepRecord[] =>
  readJournal<MetricRecord>(join(root, folder, "metrics.jsonl")).filter((record) => record.kind === "step");

/** What was sampled in a step, credit left out. */
const sampledIn = (folder: string, step: number) =>
  readJournal<RolloutRecord>(join(root, folder, "rollouts.jsonl")).flatMap((record) =>
    record.step === step ? [record.tree.nodes.map(({ turn }) => turn?.ids ?? [])] : [],
  );

function digests(folder: string): Map<string, string> {
  const last = join(root, folder, "checkpoints", checkpointName(STEPS));
  const names = readdirSync(last).filter((name) => name !== "manifest.json");
  const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
  return new Map([
    ...names.map((name) => [name, digest(join(last, name))] as const),
    ["rollouts.jsonl", digest(join(root, folder, "rollouts.jsonl"))],
  ]);
}

it("samples the second step with the weights of before the first, the third with those of before the second", async () => {
  await run("still", { learningRate: 1e-20 });
  await run("waiting");
  expect(sampledIn("ahead", 1)).toEqual(sampledIn("still", 1));
  expect(sampledIn("ahead", 2)).toEqual(sampledIn("still", 2));
  expect(sampledIn("ahead", 2)).not.toEqual(sampledIn("waiting", 2));
  expect(sampledIn("ahead", 3)).not.toEqual(sampledIn("still", 3));

  const [first, second, third] = steps("ahead").map(({ offPolicy }) => offPolicy);
  expect(first?.cap).toBe(CAP);
  // Of the weights that are trained: nothing to correct.
  expect(first?.drift.max).toBeLessThan(1e-4);
  expect(first?.meanWeight).toBeCloseTo(1, 4);
  expect(first?.effectiveShare).toBeCloseTo(1, 4);
  expect(first?.cappedShare).toBe(0);
  for (const later of [second, third]) {
    expect(later?.drift.max).toBeGreaterThan(1e-3);
    expect(later?.cappedShare).toBeGreaterThan(0);
    expect(later?.effectiveShare).toBeLessThan(1);
  }
  expect(steps("waiting").every(({ offPolicy }) => offPolicy === undefined)).toBe(true);
}, 300_000);

it("with steps 0 is as if it had not been set, to the byte", async () => {
  await run("zero", { train: { offPolicy: { steps: 0 } } });
  expect(digests("zero")).toEqual(digests("waiting"));
}, 300_000);

it("a killed run comes to the same bytes: what was sampled with weights that are gone was kept", async () => {
  // Killed in the third step's rollouts, while the second trains or after it.
  const last = coinTask().question("train", STEPS * QUESTIONS - 1).id;
  const stop = new AbortController();
  const second = join(root, "killed", "checkpoints", checkpointName(1));
  const look = setInterval(() => {
    if (existsSync(second)) stop.abort(new Error("killed"));
  }, 5);
  const task = coinTask((question) => (question === last ? new Promise<void>(() => undefined) : undefined));
  const killed = run("killed", AHEAD, { task, signal: stop.signal });
  expect(await rejectionMessage(killed).finally(() => clearInterval(look))).toBe("killed");
  const judged: string[] = [];
  await run("killed", AHEAD, { task: coinTask((question) => void judged.push(question)), resume: true });
  // The second step was rolled out before the first checkpoint; the third is begun again with the same weights.
  expect(new Set(judged).size).toBe(QUESTIONS);
  expect(digests("killed")).toEqual(digests("ahead"));
}, 300_000);

it("is refused where it cannot be, with the field", async () => {
  const { policy, close } = await openPolicy(policySchema.parse({ checkpoint: join(root, "model"), threads: 1 }));
  const { info } = policy;
  await close();
  const check = (name: string, keepsWeights = true): string =>
    thrownMessage(() =>
      checkOffPolicyFits(makeAlgorithm(algorithmSchema.parse({ name }), coinTask()), { ...info, keepsWeights }),
    );
  expect(check("aepo")).toBe("nothing was thrown");
  expect(check("aepo", false)).toBe(
    `train.offPolicy: this engine cannot sample the weights of a step ago while others are trained\n  found: ${info.description}\n  to fix: leave train.offPolicy out; or, if the server keeps its samplers apart (hosted, aepo serve --protocol tinker), set policy.samplersApart: true`,
  );
  expect(check("gspo")).toContain(
    "train.offPolicy does not go with algorithm.name gspo: its ratio is one a path, and importance weights are one a token",
  );
  expect(check("ppo")).toContain("its values and returns are of the policy that sampled");
  const parsed = (changes: object, more: object = {}) =>
    runConfigSchema
      .safeParse({ ...configOf("x", { train: changes }), ...more })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(() => configOf("x", { train: { offPolicy: { steps: 0, maxImportanceWeight: 2 } } })).toThrow(
    "has no effect with steps 0: rollouts are of the weights they train",
  );
  expect(parsed(AHEAD.train, { run: { keepRollouts: false } })).toEqual([
    "run.keepRollouts: train.offPolicy needs kept rollouts to be resumed: leave it out, or set it to true",
  ]);
}, 300_000);
