/**
 * One step off-policy: while a step trains, the rollouts of the next one are sampled with the weights that this one began with.
 * The engine is never idle for tools, and the data is one step old: what that does to the gradient is undone by importance weights
 * (`algorithm/importance-weights.ts`).
 */
import { z } from "zod";
import type { Algorithm } from "../algorithm/algorithm.ts";
import { decoupled } from "../algorithm/importance-weights.ts";
import type { Minibatch } from "../algorithm/minibatch.ts";
import type { LossTree, PolicyInfo } from "../policy/policy.ts";
import type { OffPolicyFigures } from "../run/records.ts";
import { AepoError } from "../std/errors.ts";
import { distributionOf } from "./logprob-gap.ts";
import type { PathLogprobs } from "./path-scores.ts";

/** As AReaL's and TIS's default. */
const DEFAULT_CAP = 2;

export const offPolicySchema = z
  .strictObject({
    steps: z
      .int()
      .min(0)
      .max(1)
      .default(1)
      .describe("Steps that rollouts may be behind the weights they train; 0: none, as without offPolicy."),
    maxImportanceWeight: z
      .number()
      .min(1)
      .optional()
      .describe(`C: importance weights of tokens are cut at this (default: ${DEFAULT_CAP}).`),
  })
  .refine(({ steps, maxImportanceWeight }) => steps > 0 || maxImportanceWeight === undefined, {
    message: "has no effect with steps 0: rollouts are of the weights they train",
    path: ["maxImportanceWeight"],
  });
export type OffPolicyOptions = z.output<typeof offPolicySchema>;

/** C; null: training waits for its rollouts. */
export function importanceCap(options: OffPolicyOptions | undefined): number | null {
  if (options === undefined || options.steps === 0) return null;
  return options.maxImportanceWeight ?? DEFAULT_CAP;
}

/** Throws where rollouts cannot be a step old. */
export function checkOffPolicyFits(algorithm: Algorithm, info: PolicyInfo): void {
  if (!info.keepsWeights) {
    throw new AepoError(
      "config",
      "train.offPolicy: this engine cannot sample the weights of a step ago while others are trained",
      {
        exists: info.description,
        fix: "leave train.offPolicy out; or, if the server keeps its samplers apart (hosted, aepo serve --protocol tinker), set policy.samplersApart: true",
      },
    );
  }
  const why =
    algorithm.critic !== undefined
      ? "its values and returns are of the policy that sampled"
      : algorithm.pathRatios === undefined
        ? null
        : "its ratio is one a path, and importance weights are one a token";
  if (why === null) return;
  throw new AepoError("config", `train.offPolicy does not go with algorithm.name ${algorithm.name}: ${why}`, {
    fix: "leave train.offPolicy out, or choose a method with a ratio a token, such as aepo, grpo or dapo",
  });
}

/** The mini-batches of a step as the decoupled objective has them; `proximal`: by the policy that the step begins with. */
export function decoupledBatches(
  minibatches: readonly Minibatch[],
  proximal: PathLogprobs,
  cap: number,
): { readonly minibatches: readonly Minibatch[]; readonly figures: OffPolicyFigures | null } {
  const corrected = minibatches.map((minibatch) =>
    decoupled(
      minibatch,
      (g, p) => {
        const group = minibatch.groups[g];
        const path = group?.tree.paths.find(({ id }) => id === group.paths[p]?.path);
        return group === undefined || path === undefined ? new Float32Array() : proximal(group.tree, path);
      },
      cap,
    ),
  );
  const trees = (all: readonly Minibatch[]): LossTree[] => all.flatMap((minibatch) => minibatch.trees);
  return { minibatches: corrected, figures: figuresOf(trees(minibatches), trees(corrected), cap) };
}

function figuresOf(sampled: readonly LossTree[], corrected: readonly LossTree[], cap: number): OffPolicyFigures | null {
  const olds = (trees: readonly LossTree[]): number[] =>
    trees.flatMap(({ paths }) => paths.flatMap(({ oldLogprobs }) => [...oldLogprobs]));
  const [before, now] = [olds(sampled), olds(corrected)];
  if (now.length === 0) return null;
  const differences = now.map((logprob, t) => logprob - (before[t] ?? Number.NaN));
  const weights = differences.map((difference) => Math.min(Math.exp(difference), cap));
  const sum = weights.reduce((total, w) => total + w, 0);
  const squares = weights.reduce((total, w) => total + w * w, 0);
  return {
    cap,
    cappedShare: differences.filter((difference) => Math.exp(difference) > cap).length / now.length,
    meanWeight: sum / now.length,
    effectiveShare: sum ** 2 / (squares * now.length),
    drift: distributionOf(differences),
  };
}
