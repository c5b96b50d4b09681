/** What `aepo init` writes: a project whose test passes and which trains as it is, here against this checkout. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeProject } from "../src/cli/init.ts";
import { ROOT } from "./support/sources.ts";
import { thrownMessage } from "./support/thrown.ts";

let place = "";
let project = "";

function node(...args: readonly string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function aepo(...args: readonly string[]): unknown {
  return JSON.parse(node("--import", "tsx", join(ROOT, "src/cli/main.ts"), ...args, "--json"));
}

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "aepo-init-"));
  project = join(place, "My agent");
  writeProject(project);
  // What npm install would put there.
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "aepo"), { recursive: true });
  writeFileSync(join(modules, "aepo/package.json"), '{"name": "aepo", "type": "module", "exports": "./index.ts"}');
  writeFileSync(join(modules, "aepo/index.ts"), `export * from ${JSON.stringify(join(ROOT, "src/index.ts"))};\n`);
  for (const name of ["tsx", "zod"]) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

it("writes recipe, task, tool, data and test, and a package of that name", () => {
  for (const file of ["recipe.yaml", "task.ts", "tools/price.ts", "data/prices.jsonl", "task.test.ts", ".gitignore"]) {
    expect(existsSync(join(project, file)), file).toBe(true);
  }
  expect(existsSync(join(project, "gitignore"))).toBe(false);
  const written: unknown = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  expect(written).toMatchObject({ name: "my-agent", dependencies: { aepo: `file:${ROOT}/` }, scripts: {} });
});

it("refuses a folder that is not empty, and leaves it as it is", () => {
  const before = readFileSync(join(project, "task.ts"), "utf8");
  writeFileSync(join(project, "task.ts"), "mine");
  expect(thrownMessage(() => writeProject(project))).toMatch(
    /is not empty\n {2}expected: a new or empty folder: nothing of yours is ever overwritten\n {2}found: .*\n {2}to fix: give another folder$/s,
  );
  expect(readFileSync(join(project, "task.ts"), "utf8")).toBe("mine");
  writeFileSync(join(project, "task.ts"), before);
  const file = join(place, "file");
  writeFileSync(file, "");
  expect(thrownMessage(() => writeProject(file))).toContain("file");
  expect(readFileSync(file, "utf8")).toBe("");
});

it("its test passes", () => {
  expect(node("--import", "tsx", "--test", "task.test.ts")).toMatch(/# pass 4\n# fail 0/);
});

it("trains as it is: a cold start, two steps of a run in a folder of the task's name, an evaluation, a tree", () => {
  const start = aepo("sft", "cold-start.yaml", "--set", "sft.steps=150");
  expect(start).toMatchObject({ checkpoint: "checkpoints/start" });
  const run = aepo("train", "recipe.yaml", "--set", "train.steps=2", "eval.questions=24", "eval.samples=5");
  expect(run).toMatchObject({ steps: 2, run: "runs/prices-aepo-1", questions: 24 });
  // The run remembers its task.
  expect(aepo("eval", "runs/prices-aepo-1", "--set", "eval.questions=8")).toMatchObject({ kind: "eval", questions: 8 });
  expect(aepo("rollout", "recipe.yaml")).toMatchObject({ task: "prices", budget: { groupSize: 8 } });
}, 240_000);
