/** Parts that look at how a path went, not at its answer: the bonus for using several tools, the price of length. */
import type { PartOptions } from "./answer-parts.ts";
import type { RewardPart } from "./reward-part.ts";

export interface ToolBonusOptions extends PartOptions {
  /** Different tools that must have worked. */
  readonly atLeast?: number;
  /** Only these count; all by default. */
  readonly tools?: readonly string[] | undefined;
}

/** AEPO-W3: 1 where at least two different tools were used without failing; counts only if the accuracy is above 0. */
export function toolBonusPart({ name = "bonus", weight = 0.1, atLeast = 2, tools }: ToolBonusOptions = {}): RewardPart {
  return {
    name,
    weight,
    role: "bonus",
    range: [0, 1],
    score: (_, { calls }) => {
      const worked = calls.filter(({ tool, failed }) => !failed && (tools === undefined || tools.includes(tool)));
      return new Set(worked.map(({ tool }) => tool)).size >= atLeast ? 1 : 0;
    },
  };
}

export interface LengthOptions extends PartOptions {
  /** What is measured: the answer, or everything the policy wrote. */
  readonly of?: "answer" | "turns";
  /** Characters that cost nothing. */
  readonly free: number;
  /** Characters from which on it costs everything; between them the price rises evenly. */
  readonly limit: number;
}

/** 0 … −1: what was written beyond `free` characters. */
export function lengthPart({ name = "length", weight = 1, of = "turns", free, limit }: LengthOptions): RewardPart {
  return {
    name,
    weight,
    role: "shaping",
    range: [-1, 0],
    score: (_, { turns, answer }) => {
      const length = of === "answer" ? (answer ?? "").length : turns.reduce((sum, turn) => sum + turn.length, 0);
      return length <= free ? 0 : -Math.min(1, (length - free) / (limit - free));
    },
  };
}
