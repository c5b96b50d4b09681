/** A task of your own in a file: what a recipe says of it. */
import { z } from "zod";

export const ownTaskSchema = z.strictObject({
  name: z.literal("own"),
  file: z
    .string()
    .min(1)
    .describe("A module (.ts, .js, .mjs) that exports a task made with defineTask, or a function that makes one."),
  export: z.string().min(1).default("task").describe("The name that it is exported by."),
  options: z
    .record(z.string(), z.json())
    .optional()
    .describe("What the function is given; only where a function is exported."),
});
export type OwnTaskOptions = z.output<typeof ownTaskSchema>;
