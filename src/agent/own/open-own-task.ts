/** Opens a task of the user's own file: a task, or what a function makes of the recipe's options. */
import type { AnyTask } from "../../envs/task.ts";
import { AepoError } from "../../std/errors.ts";
import type { OpenTask, TaskOpening } from "../open-task.ts";
import { importModule } from "./import-module.ts";
import type { OwnTaskOptions } from "./options.ts";

const EXPECTED = "a task made with defineTask, or a function that returns one (or { task, close() })";

export async function openOwnTask(options: OwnTaskOptions, opening: TaskOpening): Promise<OpenTask> {
  const { file, export: name } = options;
  const found = (await importModule(file))[name];
  if (found === undefined) {
    throw new AepoError("config", `${file} exports no "${name}"`, {
      expected: EXPECTED,
      fix: "export it, or name what is exported with task.export",
    });
  }
  if (typeof found === "function") return checked(options, await made(found, options, opening));
  if (options.options !== undefined) {
    throw new AepoError("config", `task.options has no effect: "${name}" of ${file} is a task, not a function`, {
      fix: "leave it out, or export a function (options, { seed, signal }) that makes the task",
    });
  }
  return checked(options, found);
}

async function made(make: unknown, { options = {} }: OwnTaskOptions, { signal, seed }: TaskOpening): Promise<unknown> {
  return (make as (options: object, context: Pick<TaskOpening, "signal" | "seed">) => unknown)(options, {
    signal,
    seed,
  });
}

function checked({ file, export: name }: OwnTaskOptions, value: unknown): OpenTask {
  if (isTask(value)) return { task: value, close: () => Promise.resolve() };
  if (isObject(value) && isTask(value["task"]) && typeof value["close"] === "function") {
    return value as unknown as OpenTask;
  }
  throw new AepoError("config", `"${name}" of ${file} is no task`, { expected: EXPECTED, exists: describe(value) });
}

function isTask(value: unknown): value is AnyTask {
  const parts = ["question", "reward", "tools", "dialect", "environment", "limits"];
  return isObject(value) && parts.every((part) => part in value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function describe(value: unknown): string {
  if (!isObject(value)) return value === null ? "null" : typeof value;
  return `an object with ${Object.keys(value).slice(0, 8).join(", ") || "nothing"}`;
}
