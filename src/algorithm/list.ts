/** The one list of algorithms. Adding one touches its own file and this list. */
import { z } from "zod";
import { aepo, aepoSchema } from "./aepo.ts";
import type { Algorithm, TaskTraits } from "./algorithm.ts";
import { arpo, arpoSchema } from "./arpo.ts";
import { grpo, grpoSchema } from "./grpo.ts";
import { takingPresets } from "./presets.ts";
import { randomBranching, randomBranchingSchema } from "./random-branching.ts";
import { treeGrpo, treeGrpoSchema } from "./tree-grpo.ts";

/** One schema a method. */
export const methodSchema = z.discriminatedUnion("name", [
  aepoSchema,
  arpoSchema,
  grpoSchema,
  randomBranchingSchema,
  treeGrpoSchema,
]);

/** The same, or a preset of one. */
export const algorithmSchema = takingPresets(methodSchema);
export type AlgorithmOptions = z.output<typeof algorithmSchema>;

/** The record of functions for some options, on a task. */
export function makeAlgorithm(options: AlgorithmOptions, task: TaskTraits): Algorithm {
  switch (options.name) {
    case "aepo":
      return aepo(options, task.entropyWindow);
    case "arpo":
      return arpo(options, task.entropyWindow);
    case "grpo":
      return grpo(options);
    case "random-branching":
      return randomBranching(options, task.entropyWindow);
    case "tree-grpo":
      return treeGrpo(options, task.entropyWindow);
  }
}
