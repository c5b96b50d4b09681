/** What may be set about code tests. */
import { z } from "zod";
import { pythonOptionsSchema } from "../../toolbox/python/options.ts";

export const codeOptionsSchema = z.strictObject({
  name: z.string().min(1).default("code").describe("as it stands in logs"),
  weight: z.number().default(1).describe("what the score is multiplied with; 0: only logged"),
  credit: z
    .enum(["all", "share"])
    .default("all")
    .describe("1 for a program that passes all tests, or the share of the tests that it passes"),
  concurrency: z.int().min(1).max(256).default(2).describe("programs tested at once"),
  python: pythonOptionsSchema
    .prefault({})
    .refine(({ state }) => state === "none", {
      path: ["state"],
      message: "has no effect on tests: each is a run of its own",
    })
    .describe("limits of a run; see the python tool"),
});
export type CodePartSettings = z.output<typeof codeOptionsSchema>;
