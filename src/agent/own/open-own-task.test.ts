import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { openOwnTask } from "./open-own-task.ts";
import { ownTaskSchema } from "./options.ts";

const folder = mkdtempSync(join(tmpdir(), "aepo-own-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const task = `{ name: "mine", question() {}, reward() {}, tools: [], dialect: {}, environment: {}, limits: {} }`;
const opening = { signal: new AbortController().signal, seed: 7, purpose: "use" as const, onWarning: () => undefined };
let files = 0;

function open(source: string, options: object = {}) {
  const file = join(folder, `task${files++}.mjs`);
  writeFileSync(file, source);
  return { file, opened: openOwnTask(ownTaskSchema.parse({ name: "own", file, ...options }), opening) };
}

describe("a task of a file of one's own", () => {
  it("is what the module exports, by the name that is given", async () => {
    const { task: mine, close } = await open(`export const task = ${task};`).opened;
    expect(mine.name).toBe("mine");
    await close();
    expect((await open(`export const other = ${task};`, { export: "other" }).opened).task.name).toBe("mine");
  });

  it("is what a function makes of the options and the seed, at once or later, closable or not", async () => {
    const made = `export const task = async (options, { seed }) => ({ ...${task}, name: options.word + seed });`;
    expect((await open(made, { options: { word: "seed" } }).opened).task.name).toBe("seed7");
    const closable = `export const task = () => ({ task: ${task}, close: async () => { globalThis.closedTask = true; } });`;
    const { close } = await open(closable).opened;
    await close();
    expect((globalThis as { closedTask?: boolean }).closedTask).toBe(true);
  });

  it("fails with what to do", async () => {
    const message = async ({ file, opened }: ReturnType<typeof open>) =>
      (await rejectionMessage(opened)).replaceAll(file, "FILE");
    const expected = "a task made with defineTask, or a function that returns one (or { task, close() })";
    expect(await message(open(`export const a = 1;`))).toBe(
      `FILE exports no "task"\n  expected: ${expected}\n  to fix: export it, or name what is exported with task.export`,
    );
    expect(await message(open(`export const task = { name: "x", tools: [] };`))).toBe(
      `"task" of FILE is no task\n  expected: ${expected}\n  found: an object with name, tools`,
    );
    expect(await message(open(`export const task = () => null;`))).toBe(
      `"task" of FILE is no task\n  expected: ${expected}\n  found: null`,
    );
    expect(await message(open(`export const task = ${task};`, { options: {} }))).toBe(
      'task.options has no effect: "task" of FILE is a task, not a function\n  to fix: leave it out, or export a function (options, { seed, signal }) that makes the task',
    );
    expect(await message(open(`export const task = (;`))).toMatch(/^FILE cannot be imported: /);
    expect(await message(open(`throw new Error("no network");`))).toBe("FILE cannot be imported: no network");
    const nowhere = openOwnTask(ownTaskSchema.parse({ name: "own", file: join(folder, "none.ts") }), opening);
    expect(await rejectionMessage(nowhere)).toBe(
      `there is no file ${folder}/none.ts\n  expected: a module, by its path from where the command runs\n  to fix: correct the path, or start the command in the project's folder`,
    );
  });
});
