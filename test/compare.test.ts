/**
 * A real comparison, small: two methods, two seeds, two steps on the bundled checkpoint. One is killed in the middle of its second run
 * and gone on with, by two processes at once, and comes to the same results as one that was left alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Results } from "../src/compare/results.ts";
import { ROOT } from "./support/sources.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-compare-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SETTINGS = [
  "train.questionsPerStep=4",
  "algorithm.groupSize=6",
  "algorithm.updates=2",
  "eval.questions=10",
  "eval.samples=2",
  "eval.k=[1,2]",
  "policy.threads=1",
  "run.rolloutsEvery=0",
];
const BEGIN = ["quickstart", "quickstart:grpo", "--seeds", "2", "--budget", "rollouts=48", "--set", ...SETTINGS];

it("a comparison that was killed and gone on with by two processes has the results of one that was not", async () => {
  const whole = join(root, "whole");
  const { code, out } = await ended(aepo(...BEGIN, "--out", whole, "--json"));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ complete: true, runs: 4, done: 4, failed: 0, compared: 2 * 3 - 1 + 8 });

  const killed = join(root, "killed");
  const child = aepo(...BEGIN, "--out", killed);
  const gone = ended(child);
  // In the second run, with the first one's results written.
  await until(() => existsSync(join(killed, "grpo/seed-1/config.json")));
  child.kill("SIGKILL");
  await gone;
  const partial = read(killed);
  expect([partial.complete, partial.cells.length]).toEqual([false, 1]);
  expect(readFileSync(join(killed, "report.html"), "utf8")).toContain("3 of 4 runs are missing");

  const helpers = await Promise.all([1, 2].map(() => ended(aepo("--resume", killed))));
  expect(helpers.map((helper) => helper.code)).toEqual([0, 0]);
  expect(bytes(killed)).toBe(bytes(whole));
  for (const name of ["compare.md", "report.html"]) expect(existsSync(join(killed, name))).toBe(true);
  // What the killed process held stays; nothing else does.
  expect(readdirSync(join(killed, "locks"))).toEqual(["grpo.seed-1.0"]);

  const results = read(whole);
  expect(results.cells.map(({ spent, steps }) => [spent.rollouts, steps])).toEqual(results.cells.map(() => [48, 2]));
  expect(results.differing.map(({ field }) => field)).toContain("algorithm.entropyScale");
  const again = await ended(aepo(...BEGIN, "--out", whole));
  expect(again).toMatchObject({ code: 1, out: "" });
  expect(again.err).toContain(`${whole} holds a comparison already\n  to fix: go on with it (aepo compare --resume`);
}, 600_000);

function read(folder: string): Results {
  return JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as Results;
}

/** Of everything but times. */
function bytes(folder: string): string {
  return JSON.stringify(read(folder), (key, value: unknown) => (key === "seconds" ? undefined : value));
}

function aepo(...args: readonly string[]): ChildProcess {
  const main = join(ROOT, "src/cli/main.ts");
  return spawn(process.execPath, ["--import", "tsx", main, "compare", ...args], { cwd: ROOT });
}

function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}
