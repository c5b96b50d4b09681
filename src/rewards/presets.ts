/** Two ready-made compositions: the paper's reward, and the one that the paper's released code computes. */
import type { Dialect } from "../envs/task.ts";
import type { AnyTool } from "../tools/tool.ts";
import { f1Part } from "./answer-parts.ts";
import { type ComposedReward, composeReward } from "./compose-reward.ts";
import { toolBonusPart } from "./path-parts.ts";
import { releasedAccuracy, releasedBonus, releasedFormat } from "./released-reward.ts";
import type { AnyRewardPart } from "./reward-part.ts";

/** What a reward must know of the task it is for. */
export interface RewardContext {
  readonly dialect: Dialect;
  readonly tools: readonly AnyTool[];
}

export interface PaperPresetOptions extends RewardContext {
  /** AEPO-W2; token F1 by default. Several: each for the questions it applies to. */
  readonly accuracy?: readonly AnyRewardPart[];
  /** AEPO-W3; 0.1 by default. */
  readonly multiToolBonus?: number;
}

/**
 * AEPO-W1: −1 for a broken format. AEPO-W2: else the accuracy. AEPO-W3: a bonus where it is above 0 and two different tools were
 * used. AEPO-W4: only what the policy wrote counts.
 */
export function paperPreset({ dialect, tools, accuracy, multiToolBonus = 0.1 }: PaperPresetOptions): ComposedReward {
  const parts = [...(accuracy ?? [f1Part({ name: "accuracy" })]), toolBonusPart({ weight: multiToolBonus })];
  return composeReward(parts, { format: { dialect, tools } });
}

/** The released code's `compute_score`: see `released-reward.ts` for where it departs from the paper. */
export function releasedPreset(): ComposedReward {
  return composeReward([releasedAccuracy(), releasedBonus()], { format: releasedFormat });
}
