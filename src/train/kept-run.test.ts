/** A run that is stopped between its rollouts and their update goes on from what it had rolled out, to the same bytes. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import type { AnyTask } from "../envs/task.ts";
import { checkpointName } from "../run/layout.ts";
import { type Clock, systemClock } from "../std/clock.ts";
import { runConfigSchema } from "./config.ts";
import { coinTask, writeCoinModel } from "./testing/coin-run.ts";
import { train } from "./train.ts";

let root = "";
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "aepo-kept-run-"));
  await writeCoinModel(join(root, "model"));
  await run("whole");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const QUESTIONS = 3;
const GROUP = 4;

/** The task, and the questions whose paths it has judged, in order. */
function judging(): { readonly task: AnyTask; readonly judged: string[] } {
  const judged: string[] = [];
  return { task: coinTask((question) => void judged.push(question)), judged };
}

interface How {
  readonly task?: AnyTask;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly resume?: boolean | string;
  readonly train?: object;
  readonly run?: object;
}

function run(
  folder: string,
  { train: changes, run: others, task = coinTask(), ...how }: How = {},
): ReturnType<typeof train> {
  const config = runConfigSchema.parse({
    seed: 1,
    algorithm: { name: "aepo", groupSize: GROUP, updates: 2, decision: "sample" },
    policy: { checkpoint: join(root, "model"), threads: 1, cacheTokens: 2048 },
    optimizer: { learningRate: 1e-2 },
    train: { steps: 2, questionsPerStep: QUESTIONS, ...changes },
    eval: { every: 0 },
    run: { folder: join(root, folder), ...others },
  });
  return train({ task, config, resolved: config, ...how });
}

function kept(folder: string, step: number): string[] {
  const path = join(root, folder, "kept-rollouts", `${checkpointName(step)}.trees`);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

/** Stops a run when so many trees of a step are kept: at all of them, it is between the rollouts and the update. */
function stopAt(folder: string, step: number, trees: number): Pick<How, "clock" | "signal"> {
  const stop = new AbortController();
  const look = (): void => {
    if (kept(folder, step).length >= trees) stop.abort(new Error("killed"));
  };
  return {
    signal: stop.signal,
    clock: {
      ...systemClock,
      nowMs() {
        look();
        return systemClock.nowMs();
      },
    },
  };
}

/** Stops a run whose last question of a step is never judged, once the others are kept. */
function stopBefore(folder: string, step: number): Pick<How, "task" | "signal"> {
  const last = coinTask().question("train", step * QUESTIONS - 1).id;
  const stop = new AbortController();
  const look = setInterval(() => {
    if (kept(folder, step).length < QUESTIONS - 1) return;
    clearInterval(look);
    stop.abort(new Error("killed"));
  }, 5);
  return {
    signal: stop.signal,
    task: coinTask((question) => (question === last ? new Promise<void>(() => undefined) : undefined)),
  };
}

/** Digests of what a run of two steps leaves, but for its times. */
function outcome(folder: string): Map<string, string> {
  const last = join(root, folder, "checkpoints", checkpointName(2));
  const files = readdirSync(last)
    .filter((name) => name !== "manifest.json")
    .map((name) => join(last, name));
  return new Map(
    [...files, join(root, folder, "rollouts.jsonl")].map((path) => [
      path.slice(join(root, folder).length),
      createHash("sha256").update(readFileSync(path)).digest("hex"),
    ]),
  );
}

it("between rollouts and update: nothing is rolled out again, and the result is that of a run that never stopped", async () => {
  expect(await rejectionMessage(run("between", stopAt("between", 2, QUESTIONS)))).toBe("killed");
  expect(kept("between", 2)).toHaveLength(QUESTIONS);
  expect(kept("between", 1)).toEqual([]);
  const { task, judged } = judging();
  await run("between", { task, resume: true });
  expect(judged).toEqual([]);
  expect(outcome("between")).toEqual(outcome("whole"));
  expect(existsSync(join(root, "between", "kept-rollouts"))).toBe(false);
}, 120_000);

it("in the midst of rollouts: all of them again, since what grows together is part of the bits (AEPO-R10)", async () => {
  expect(await rejectionMessage(run("midst", stopBefore("midst", 2)))).toBe("killed");
  expect(kept("midst", 2)).toHaveLength(QUESTIONS - 1);
  const { task, judged } = judging();
  await run("midst", { task, resume: true });
  expect(new Set(judged).size).toBe(QUESTIONS);
  expect(outcome("midst")).toEqual(outcome("whole"));
}, 120_000);

it("with overlap, which gives up the bits, only the missing questions", async () => {
  const overlap = { train: { overlap: true } };
  expect(await rejectionMessage(run("overlap", { ...overlap, ...stopBefore("overlap", 1) }))).toBe("killed");
  expect(kept("overlap", 1)).toHaveLength(QUESTIONS - 1);
  const { task, judged } = judging();
  await run("overlap", { ...overlap, task, resume: true });
  // Of the first step what was missing, of the second everything.
  expect(judged).toHaveLength(GROUP * (1 + QUESTIONS));
  const first = readFileSync(join(root, "overlap", "rollouts.jsonl"), "utf8")
    .split("\n")
    .slice(0, QUESTIONS);
  expect(first.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 1, 1]);
}, 120_000);

it("of several steps since the last checkpoint", async () => {
  const sparse = { run: { checkpointEvery: 2 }, train: { steps: 2 } };
  expect(await rejectionMessage(run("sparse", { ...sparse, ...stopAt("sparse", 2, QUESTIONS) }))).toBe("killed");
  const { task, judged } = judging();
  await run("sparse", { ...sparse, task, resume: true });
  expect(judged).toEqual([]);
  expect(outcome("sparse")).toEqual(outcome("whole"));
}, 120_000);

it("is of no use where the run goes on from an earlier checkpoint, or keeps none", async () => {
  const longer = { train: { steps: 3 } };
  expect(await rejectionMessage(run("between", { ...longer, resume: true, ...stopBefore("between", 3) }))).toBe(
    "killed",
  );
  expect(kept("between", 3).length).toBeGreaterThan(0);
  expect(await rejectionMessage(run("between", { resume: "step-000001", ...stopBefore("between", 2) }))).toBe("killed");
  expect(kept("between", 3)).toEqual([]);
  // When the last paths are judged, other trees have long been finished.
  const seen: boolean[] = [];
  const task = coinTask(() => void seen.push(existsSync(join(root, "none", "kept-rollouts"))));
  await run("none", { task, train: { steps: 1 }, run: { keepRollouts: false } });
  expect(new Set(seen)).toEqual(new Set([false]));
}, 120_000);
