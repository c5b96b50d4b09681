/** The task a run was trained on, as its folder says. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { runLayout } from "../run/layout.ts";
import { AepoError } from "../std/errors.ts";
import { type TaskOptions, taskSchema } from "../train/tasks.ts";
import { readRunConfig } from "../train/train.ts";

/** As it is written; null if the folder is no run. Throws for a run of a task from TypeScript, which has no options to read. */
export function recordedTask(folder: string): unknown {
  const layout = runLayout(folder);
  if (!existsSync(layout.config) || !existsSync(layout.checkpoints)) return null;
  const parsed = z.looseObject({ task: z.unknown() }).safeParse(JSON.parse(readRunConfig(folder)));
  if (parsed.success && parsed.data.task !== undefined) return parsed.data.task;
  throw new AepoError("run", `${folder}/config.json names no task`, {
    fix: "it is a run of a task from TypeScript: evaluate it there, with evaluatePolicy()",
  });
}

/** The options of a task that ships with aepo, or null. */
export function runTask(folder: string): TaskOptions | null {
  const parsed = taskSchema.safeParse(recordedTask(folder));
  return parsed.success ? parsed.data : null;
}
