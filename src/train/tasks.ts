/** The built-in tasks by name, as a recipe knows them. A task of your own is passed as a value from TypeScript. */
import { z } from "zod";
import { atlasOptionsSchema, atlasTask } from "../envs/atlas/atlas.ts";
import { calculatorOptionsSchema, calculatorTask } from "../envs/calculator.ts";
import type { AnyTask } from "../envs/task.ts";

export const taskSchema = z.discriminatedUnion("name", [
  atlasOptionsSchema.extend({ name: z.literal("atlas") }),
  calculatorOptionsSchema.extend({ name: z.literal("calculator") }),
]);
export type TaskOptions = z.output<typeof taskSchema>;

export function makeTask(options: TaskOptions): AnyTask {
  const { name, ...rest } = options;
  return name === "atlas"
    ? atlasTask(atlasOptionsSchema.parse(rest))
    : calculatorTask(calculatorOptionsSchema.parse(rest));
}
