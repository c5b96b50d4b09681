import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { recordedTask, runTask } from "./run-task.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-run-task-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function run(name: string, config: object): string {
  const folder = join(root, name);
  mkdirSync(join(folder, "checkpoints"), { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}

it("is what the run's folder says, with its options", () => {
  const folder = run("english", { task: { name: "atlas-english", dialect: "hermes" }, seed: 1 });
  expect(recordedTask(folder)).toEqual({ name: "atlas-english", dialect: "hermes" });
  expect(runTask(folder)).toMatchObject({ name: "atlas-english", dialect: "hermes", timeoutRate: 0.15 });
});

it("is none of a model's folder, of a name that is no folder, and of a task from TypeScript", () => {
  const model = join(root, "model");
  mkdirSync(model);
  writeFileSync(join(model, "config.json"), "{}");
  expect(runTask(model)).toBeNull();
  expect(runTask("bundled:atlas")).toBeNull();
  expect(runTask(run("own", { task: { name: "my-task" } }))).toBeNull();
});

it("that is not named is an error", () => {
  const folder = run("nameless", {});
  expect(thrownMessage(() => recordedTask(folder)).replace(folder, "FOLDER")).toBe(
    "FOLDER/config.json names no task\n" +
      "  to fix: it is a run of a task from TypeScript: evaluate it there, with evaluatePolicy()",
  );
});
