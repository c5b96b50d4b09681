/**
 * The tasks a recipe can name. Some are open at once, others hold something open (tools, data): a task is opened before the
 * work and closed after it. A task of your own is passed as a value from TypeScript.
 */
import { z } from "zod";
import { agentOptionsSchema } from "../agent/agent-options.ts";
import { openAgentTask } from "../agent/open-agent.ts";
import type { OpenTask, TaskOpening } from "../agent/open-task.ts";
import { openOwnTask } from "../agent/own/open-own-task.ts";
import { ownTaskSchema } from "../agent/own/options.ts";
import { atlasOptionsSchema, atlasTask } from "../envs/atlas/atlas.ts";
import { atlasEnglishOptionsSchema, atlasEnglishTask } from "../envs/atlas-english/atlas-english.ts";
import { calculatorOptionsSchema, calculatorTask } from "../envs/calculator.ts";
import type { AnyTask } from "../envs/task.ts";
import { AepoError } from "../std/errors.ts";
import { openTokenizer } from "./open-tokenizer.ts";

export const taskSchema = z.discriminatedUnion("name", [
  atlasOptionsSchema.extend({ name: z.literal("atlas") }),
  atlasEnglishOptionsSchema.extend({ name: z.literal("atlas-english") }),
  calculatorOptionsSchema.extend({ name: z.literal("calculator") }),
  ownTaskSchema,
  agentOptionsSchema,
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
    case "agent":
      throw new AepoError("usage", `the task "${options.name}" has to be opened`, { fix: "use openTask" });
  }
}

export interface ModelTaskOpening extends Omit<TaskOpening, "tokenCounter"> {
  /** The model the task is for: its tokens are what limits on results count. Missing: not known yet. */
  readonly checkpoint?: string | undefined;
}

/** Opens a task. What is missing (a key, a program, a file) fails here, with what to do. */
export async function openTask(options: TaskOptions, opening: ModelTaskOpening): Promise<OpenTask> {
  opening.signal.throwIfAborted();
  if (options.name === "own") return openOwnTask(options, opening);
  if (options.name === "agent") return openAgentTask(options, { ...opening, ...tokenCounterOf(opening) });
  return { task: makeTask(options), close: () => Promise.resolve() };
}

/** Works with a task, and closes it whatever happens. */
export async function withTask<T>(
  options: TaskOptions,
  opening: ModelTaskOpening,
  work: (task: AnyTask) => Promise<T>,
): Promise<T> {
  const { task, close } = await openTask(options, opening);
  try {
    return await work(task);
  } finally {
    await close();
  }
}

function tokenCounterOf({ checkpoint }: ModelTaskOpening): Pick<TaskOpening, "tokenCounter"> {
  if (checkpoint === undefined) return {};
  return {
    async tokenCounter() {
      const { tokenizer } = await openTokenizer(checkpoint);
      return (text) => tokenizer.encode(text).length;
    },
  };
}

function withoutName(options: TaskOptions): object {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== "name"));
}
