/**
 * The tasks a recipe can name. Some are open at once, others hold something open (tools, data): a task is opened before the
 * work and closed after it. A task of your own is passed as a value from TypeScript.
 */
import { z } from "zod";
import type { OpenTask, TaskOpening } from "../agent/open-task.ts";
import { openOwnTask } from "../agent/own/open-own-task.ts";
import { ownTaskSchema } from "../agent/own/options.ts";
import { atlasOptionsSchema, atlasTask } from "../envs/atlas/atlas.ts";
import { atlasEnglishOptionsSchema, atlasEnglishTask } from "../envs/atlas-english/atlas-english.ts";
import { calculatorOptionsSchema, calculatorTask } from "../envs/calculator.ts";
import type { AnyTask } from "../envs/task.ts";
import { AepoError } from "../std/errors.ts";

export const taskSchema = z.discriminatedUnion("name", [
  atlasOptionsSchema.extend({ name: z.literal("atlas") }),
  atlasEnglishOptionsSchema.extend({ name: z.literal("atlas-english") }),
  calculatorOptionsSchema.extend({ name: z.literal("calculator") }),
  ownTaskSchema,
]);
export type TaskOptions = z.output<typeof taskSchema>;

/** A task that ships with aepo and holds nothing open. Throws AepoError("usage") for any other. */
export function makeTask(options: TaskOptions): AnyTask {
  switch (options.name) {
    case "atlas":
      return atlasTask(atlasOptionsSchema.parse(withoutName(options)));
    case "atlas-english":
      return atlasEnglishTask(atlasEnglishOptionsSchema.parse(withoutName(options)));
    case "calculator":
      return calculatorTask(calculatorOptionsSchema.parse(withoutName(options)));
    case "own":
      throw new AepoError("usage", `the task "${options.name}" has to be opened`, { fix: "use openTask" });
  }
}

/** Opens a task. What is missing (a key, a program, a file) fails here, with what to do. */
export async function openTask(options: TaskOptions, opening: TaskOpening): Promise<OpenTask> {
  opening.signal.throwIfAborted();
  if (options.name === "own") return openOwnTask(options, opening);
  return { task: makeTask(options), close: () => Promise.resolve() };
}

/** Works with a task, and closes it whatever happens. */
export async function withTask<T>(
  options: TaskOptions,
  opening: TaskOpening,
  work: (task: AnyTask) => Promise<T>,
): Promise<T> {
  const { task, close } = await openTask(options, opening);
  try {
    return await work(task);
  } finally {
    await close();
  }
}

function withoutName(options: TaskOptions): object {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== "name"));
}
