/** The built-in tasks by name, as a recipe knows them. A task of your own is passed as a value from TypeScript. */
import { z } from "zod";
import { atlasOptionsSchema, atlasTask } from "../envs/atlas/atlas.ts";
import { atlasEnglishOptionsSchema, atlasEnglishTask } from "../envs/atlas-english/atlas-english.ts";
import { calculatorOptionsSchema, calculatorTask } from "../envs/calculator.ts";
import type { AnyTask } from "../envs/task.ts";

export const taskSchema = z.discriminatedUnion("name", [
  atlasOptionsSchema.extend({ name: z.literal("atlas") }),
  atlasEnglishOptionsSchema.extend({ name: z.literal("atlas-english") }),
  calculatorOptionsSchema.extend({ name: z.literal("calculator") }),
]);
export type TaskOptions = z.output<typeof taskSchema>;

export function makeTask(options: TaskOptions): AnyTask {
  switch (options.name) {
    case "atlas":
      return atlasTask(atlasOptionsSchema.parse(withoutName(options)));
    case "atlas-english":
      return atlasEnglishTask(atlasEnglishOptionsSchema.parse(withoutName(options)));
    case "calculator":
      return calculatorTask(calculatorOptionsSchema.parse(withoutName(options)));
  }
}

function withoutName(options: TaskOptions): object {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== "name"));
}
