/** What of a recipe an engine cannot do, found before anything is opened: each issue names its field. */
import type { AlgorithmOptions } from "../algorithm/list.ts";
import { type GapLevels, gapProblem } from "./gap-levels.ts";
import { importanceCap, type OffPolicyOptions } from "./off-policy.ts";
import type { AnyPolicyOptions } from "./policy-options.ts";

interface Fitted {
  readonly run: { readonly keepRollouts: boolean };
  readonly algorithm: AlgorithmOptions;
  readonly policy: AnyPolicyOptions;
  readonly train: {
    readonly temperature: number;
    readonly offPolicy?: OffPolicyOptions | undefined;
    readonly maxLogprobGap?:
      | number
      | null
      | { readonly [level in keyof GapLevels]?: number | null | undefined }
      | undefined;
  };
}

export interface EngineIssue {
  readonly path: string[];
  readonly message: string;
}

/** Rollouts of weights that are gone can be had from nowhere else. */
const KEEP_ISSUE: EngineIssue = {
  path: ["run", "keepRollouts"],
  message: "train.offPolicy needs kept rollouts to be resumed: leave it out, or set it to true",
};

export function engineIssues({ algorithm, policy, train, run }: Fitted): EngineIssue[] {
  const isAhead = importanceCap(train.offPolicy) !== null;
  const gap = gapProblem(train.maxLogprobGap, policy.engine ?? "embedded");
  return [
    ...(gap === null ? [] : [{ path: ["train", "maxLogprobGap", "warn"], message: gap }]),
    ...(isAhead && !run.keepRollouts ? [KEEP_ISSUE] : []),
    ...(policy.engine === "tinker" ? tinkerIssues(algorithm, train.temperature) : []),
  ];
}

/** A server is sent one coefficient a token: what depends on more than log-probabilities at temperature 1 cannot be asked of it. */
function tinkerIssues(algorithm: AlgorithmOptions, temperature: number): EngineIssue[] {
  const issues: EngineIssue[] = [];
  if (algorithm.name === "ppo") {
    const message =
      "ppo trains a value head (B-PPO), which engine tinker has none of: use an algorithm without a critic, such as aepo, grpo or rloo, or the embedded engine";
    issues.push({ path: ["algorithm", "name"], message });
  }
  if ("entropyBonus" in algorithm && algorithm.entropyBonus > 0) {
    const message =
      "the gradient of an entropy bonus needs the whole distribution, and engine tinker is sent one number a token: set it to 0, or use the embedded engine";
    issues.push({ path: ["algorithm", "entropyBonus"], message });
  }
  if (temperature !== 1) {
    const message =
      "servers of engine tinker report log-probabilities at temperature 1 only (AEPO-H1): set it to 1, or use the embedded engine";
    issues.push({ path: ["train", "temperature"], message });
  }
  return issues;
}
