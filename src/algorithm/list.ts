/** The one list of algorithms. Adding one touches its own file and this list. */
import { z } from "zod";
import { aepo, aepoSchema } from "./aepo.ts";
import type { Algorithm, TaskTraits } from "./algorithm.ts";
import { arpo, arpoSchema } from "./arpo.ts";
import { cispo, cispoSchema } from "./cispo.ts";
import { dapo, dapoSchema } from "./dapo.ts";
import { drGrpo, drGrpoSchema } from "./dr-grpo.ts";
import { gigpo, gigpoSchema } from "./gigpo.ts";
import { gppo, gppoSchema } from "./gppo.ts";
import { grpo, grpoSchema } from "./grpo.ts";
import { gspo, gspoSchema } from "./gspo.ts";
import { ppo, ppoSchema } from "./ppo.ts";
import { takingPresets } from "./presets.ts";
import { randomBranching, randomBranchingSchema } from "./random-branching.ts";
import { reinforcePlusPlusBaseline, reinforcePlusPlusBaselineSchema } from "./reinforce-plus-plus-baseline.ts";
import { reinforcePlusPlus, reinforcePlusPlusSchema } from "./reinforce-plus-plus.ts";
import { rloo, rlooSchema } from "./rloo.ts";
import { treeGrpo, treeGrpoSchema } from "./tree-grpo.ts";

/** One schema a method. */
export const methodSchema = z.discriminatedUnion("name", [
  aepoSchema,
  arpoSchema,
  grpoSchema,
  ppoSchema,
  drGrpoSchema,
  reinforcePlusPlusSchema,
  reinforcePlusPlusBaselineSchema,
  rlooSchema,
  dapoSchema,
  gspoSchema,
  cispoSchema,
  gppoSchema,
  gigpoSchema,
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
    case "ppo":
      return ppo(options);
    case "dr-grpo":
      return drGrpo(options, task);
    case "reinforce-plus-plus":
      return reinforcePlusPlus(options);
    case "reinforce-plus-plus-baseline":
      return reinforcePlusPlusBaseline(options);
    case "rloo":
      return rloo(options);
    case "dapo":
      return dapo(options, task);
    case "gspo":
      return gspo(options);
    case "cispo":
      return cispo(options);
    case "gppo":
      return gppo(options);
    case "gigpo":
      return gigpo(options);
    case "random-branching":
      return randomBranching(options, task.entropyWindow);
    case "tree-grpo":
      return treeGrpo(options, task.entropyWindow);
  }
}
