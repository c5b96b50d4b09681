/** A training run whose tool traffic is recorded: replayed, and stopped in the middle of a step and resumed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import type { AnyTask } from "../envs/task.ts";
import { openTraffic } from "../toolbox/traffic/open-traffic.ts";
import { trafficOptionsSchema } from "../toolbox/traffic/options.ts";
import { aroundAll } from "../tools/around/around-all.ts";
import type { AnyTool } from "../tools/tool.ts";
import { runConfigSchema } from "./config.ts";
import { makeTask, taskSchema } from "./tasks.ts";
import { train } from "./train.ts";

const atlas = makeTask(taskSchema.parse({ name: "atlas" }));
let root = "";
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "aepo-traffic-run-"))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Settings {
  readonly mode: "record" | "replay";
  readonly traffic: string;
  readonly folder: string;
  readonly resume?: boolean;
  /** The world's luck: which calls fail, and so another run of the same seed goes another way. */
  readonly luck?: number;
  /** The run is stopped at this call. */
  readonly stopAt?: number;
}

/** Trains two steps with branches on tools that fail now and then; returns the calls that were really made. */
async function run({ mode, traffic, folder, resume, luck = 0, stopAt = Infinity }: Settings): Promise<number> {
  let made = 0;
  const stop = new AbortController();
  const unsteady = atlas.tools.map(
    (tool): AnyTool => ({
      ...tool,
      execute(input, context) {
        if (++made >= stopAt) stop.abort(new Error("stopped"));
        if ((made + luck) % 7 === 0) throw new Error("busy");
        return tool.execute(input, context);
      },
    }),
  );
  const log = openTraffic(trafficOptionsSchema.parse({ mode, file: join(root, traffic) }), "two steps of atlas");
  const tools = aroundAll(unsteady, { retry: {}, timeoutMs: 60_000, concurrency: 4 }, { traffic: log });
  const task: AnyTask = { ...atlas, tools };
  const config = runConfigSchema.parse({
    seed: 5,
    algorithm: { name: "aepo", groupSize: 4, updates: 1 },
    policy: { checkpoint: "bundled:atlas" },
    optimizer: { learningRate: 1e-3 },
    train: { steps: 2, questionsPerStep: 2, toolTimeoutMs: 120_000 },
    eval: { every: 1, questions: 2, samples: 1, k: [1], progressQuestions: 2 },
    run: { folder: join(root, folder) },
  });
  try {
    const options = { task, config, resolved: config, signal: stop.signal };
    const done = train({ ...options, ...(resume === true ? { resume } : {}) });
    if (stopAt === Infinity) await done;
    else expect(await rejectionMessage(done)).toBe("stopped");
    return made;
  } finally {
    log.close();
  }
}

const rollouts = (folder: string): string => readFileSync(join(root, folder, "rollouts.jsonl"), "utf8");
const weights = (folder: string): string =>
  readFileSync(join(root, folder, "checkpoints", "step-000002", "model.safetensors"), "latin1");
const calls = (traffic: string): string[] => readFileSync(join(root, traffic), "utf8").trimEnd().split("\n");

it("is the same run without a call when it is replayed: rollouts and weights, byte for byte", async () => {
  const made = await run({ mode: "record", traffic: "a.jsonl", folder: "a" });
  expect(made).toBeGreaterThan(20);
  expect(rollouts("a")).toContain('"failed":"busy"');
  expect(rollouts("a")).toContain('"kind":"fork"');
  const recorded = calls("a.jsonl");
  expect(recorded).toHaveLength(made + 1);
  expect(await run({ mode: "replay", traffic: "a.jsonl", folder: "b", luck: 3 })).toBe(0);
  expect(rollouts("b")).toBe(rollouts("a"));
  expect(weights("b")).toBe(weights("a"));
  expect(calls("a.jsonl")).toEqual(recorded);
}, 240_000);

it("goes on in the record when it was stopped: what was asked is not asked again, and its replay is the same run", async () => {
  const whole = calls("a.jsonl").length - 1;
  const stopAt = Math.floor(0.8 * whole);
  const first = await run({ mode: "record", traffic: "c.jsonl", folder: "c", stopAt });
  const before = calls("c.jsonl");
  expect(before.length).toBeGreaterThan(10);
  // Another luck: without the record, the step that is made again would go another way.
  const rest = await run({ mode: "record", traffic: "c.jsonl", folder: "c", resume: true, luck: 2 });
  const after = calls("c.jsonl");
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after).toHaveLength(before.length + rest);
  expect(first).toBeGreaterThanOrEqual(stopAt);
  const places = after.slice(1).map((line) => {
    const { path, tool, input, again } = JSON.parse(line) as Record<string, unknown>;
    return JSON.stringify([path, tool, input, again]);
  });
  expect(new Set(places).size).toBe(places.length);
  expect(await run({ mode: "replay", traffic: "c.jsonl", folder: "d" })).toBe(0);
  expect(rollouts("d")).toBe(rollouts("c"));
  expect(weights("d")).toBe(weights("c"));
}, 240_000);
