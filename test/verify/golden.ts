/** The golden values of losses and advantages: what golden/losses.py, golden/methods.py and golden/value.py wrote. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import type { ClipOptions } from "../../src/algorithm/clip.ts";
import type { methodSchema } from "../../src/algorithm/list.ts";
import { ROOT } from "../support/sources.ts";

/** A clipped loss on tokens with given weights. */
export interface ClipCase {
  readonly name: string;
  readonly options: ClipOptions;
  readonly logprobs: readonly number[];
  readonly entropies: readonly number[];
  readonly oldLogprobs: readonly number[];
  readonly advantages: readonly number[];
  readonly weights: readonly number[];
  readonly loss: number;
  readonly byLogprob: readonly number[];
  readonly byEntropy: readonly number[];
}

interface MethodCase {
  readonly name: string;
  readonly algorithm: z.input<typeof methodSchema>;
  /** L_max. */
  readonly tokenLimit: number;
}

/** The loss of a method on the paths of one update, its own weights included. */
export interface LossCase extends MethodCase {
  readonly paths: readonly LossCasePath[];
  readonly loss: number;
  readonly byLogprob: readonly (readonly number[])[];
  readonly byEntropy: readonly (readonly number[])[];
}

export interface LossCasePath {
  readonly logprobs: readonly number[];
  readonly entropies: readonly number[];
  readonly oldLogprobs: readonly number[];
  readonly advantages: readonly number[];
  readonly referenceLogprobs: readonly number[];
}

/** The credit of a method on groups of paths, one list a path. */
export interface AdvantageCase extends MethodCase {
  readonly groups: readonly (readonly AdvantageCasePath[])[];
  readonly advantages: readonly (readonly number[])[];
}

interface AdvantageCasePath {
  readonly reward: number;
  /** Tokens of every turn. */
  readonly turns: readonly number[];
  /** The state every turn starts from. */
  readonly keys: readonly string[];
  /** Log-probabilities of the reference policy; those of the policy are −0.5. */
  readonly reference: readonly number[];
}

/** The value loss of PPO on tokens with given weights. */
export interface ValueCase {
  readonly name: string;
  readonly values: readonly number[];
  readonly oldValues: readonly number[];
  readonly returns: readonly number[];
  readonly weights: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
}

/** Generalised advantages of one path. */
export interface GaeCase {
  readonly gamma: number;
  readonly lambda: number;
  readonly rewards: readonly number[];
  readonly values: readonly number[];
  readonly advantages: readonly number[];
  readonly returns: readonly number[];
}

export const clipCases = read("losses.json") as readonly ClipCase[];
export const methodCases = read("methods.json") as {
  readonly losses: readonly LossCase[];
  readonly advantages: readonly AdvantageCase[];
};
export const valueCases = read("value.json") as {
  readonly losses: readonly ValueCase[];
  readonly gae: readonly GaeCase[];
};

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, "golden", name), "utf8"));
}

/** ‖found − expected‖ / ‖expected‖; absolute where nothing is expected but zeros. Not a number where the lengths differ. */
export function relativeError(found: Iterable<number>, expected: Iterable<number>): number {
  const [left, right] = [[...found], [...expected]];
  if (left.length !== right.length) return Number.NaN;
  const norm = Math.hypot(...right);
  return Math.hypot(...left.map((x, i) => x - (right[i] ?? Number.NaN))) / (norm === 0 ? 1 : norm);
}
