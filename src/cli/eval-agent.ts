/** Who is asked in `aepo eval --suite`: the agent of a recipe's task, or nobody in particular. */
import { z } from "zod";
import type { SuiteAgent } from "../eval/suite-task.ts";
import { taskAgent } from "../eval/task-agent.ts";
import { readConfig } from "../train/config-source.ts";
import { openTask, taskSchema } from "../train/tasks.ts";
import { recipeSource } from "./options.ts";
import { warnOnStderr } from "./warn.ts";

export interface OpenAgent {
  /** Null: questions are asked without tools. */
  readonly agent: SuiteAgent | null;
  close(): Promise<void>;
}

const recipeSchema = z.looseObject({ task: taskSchema });

/** Opens the tools of the recipe's task; everything else of the recipe is for training. */
export async function openAgent(recipe: string | undefined, seed: number, signal: AbortSignal): Promise<OpenAgent> {
  if (recipe === undefined) return { agent: null, close: () => Promise.resolve() };
  const { task: options } = readConfig(recipeSource(recipe, { set: [] }), recipeSchema);
  const { task, close } = await openTask(options, { signal, seed, purpose: "use", onWarning: warnOnStderr });
  return { agent: taskAgent(task), close };
}
