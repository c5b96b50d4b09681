/** Records of the run folder, one JSON value a line. The report and the terminal display read these and nothing else. */
import type { StepFigures } from "../algorithm/figures.ts";
import type { JudgeLedger } from "../envs/judge-figures.ts";
import type { LedgerFigures } from "../tools/around/ledger.ts";

/** One line of `metrics.jsonl`. */
export type MetricRecord = HeaderRecord | StepRecord | EvalRecord | SftRecord | WarningRecord;

/** First line: what ran where. */
export interface HeaderRecord {
  readonly kind: "header";
  readonly task: string;
  readonly algorithm: string;
  readonly seed: number;
  readonly policy: string;
  readonly machine: {
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
    readonly device: string;
  };
  readonly startedAt: string;
}

export interface StepRecord {
  readonly kind: "step";
  readonly step: number;
  readonly figures: StepFigures;
  readonly updates: number;
  readonly skippedUpdates: number;
  readonly loss: number | null;
  readonly gradientNorm: number | null;
  readonly learningRate: number;
  /** Largest |logprob recomputed − logprob sampled| over the trained tokens at the first update. */
  readonly logprobGap: number | null;
  /** The same as a distribution (with `offPolicy` against what was scored when the step began); missing: no token was trained, or the run is older than this. */
  readonly gaps?: GapFigures;
  readonly seconds: { readonly rollout: number; readonly update: number };
  /** Of rollouts that may be a step behind the weights they trained (`train.offPolicy`); missing: they were not. */
  readonly offPolicy?: OffPolicyFigures;
  /** Questions whose turn came and that the task's curriculum did not ask; missing: it has none. */
  readonly passedOver?: number;
  /** What the tools did in the step; missing: the task keeps no ledger. */
  readonly tools?: LedgerFigures;
  /** What the judges of the reward were asked and what it cost; missing: the reward has none. */
  readonly judges?: JudgeLedger;
}

/** |logprob recomputed − logprob sampled| over trained tokens, nats. */
export interface GapFigures {
  readonly tokens: number;
  /** With its sign: a bias, where it is not near 0. */
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Importance weights of trained tokens, min(π now / π that sampled, cap). */
export interface OffPolicyFigures {
  readonly cap: number;
  /** Share of the tokens whose weight was cut. */
  readonly cappedShare: number;
  readonly meanWeight: number;
  /** (Σw)² / nΣw²: of the tokens, how many as good as count; 1: all alike. */
  readonly effectiveShare: number;
  /** Log-probability now − when it was sampled: what the policy has learnt since, and the engine's own gap. */
  readonly drift: GapFigures;
}

export interface EvalRecord {
  readonly kind: "eval";
  readonly step: number;
  readonly split: "train" | "test";
  readonly questions: number;
  readonly samples: number;
  readonly temperature: number;
  /** How the sampled distribution was cut, in words; missing: it was not. */
  readonly shaping?: string;
  readonly passAtK: readonly {
    readonly k: number;
    readonly value: number;
    readonly low: number;
    readonly high: number;
    /** Questions with as many judged samples as it takes; missing: all. */
    readonly questions?: number;
  }[];
  /** Samples that could not be judged: left out of every figure here. Missing: none. */
  readonly unjudged?: { readonly samples: number; readonly reasons: readonly string[] };
  readonly formatShare: number;
  readonly rewardMean: number;
  readonly seconds: number;
  /** What the tools did; missing: the task keeps no ledger. */
  readonly tools?: LedgerFigures;
  /** What the judges of the reward were asked and what it cost; missing: the reward has none. */
  readonly judges?: JudgeLedger;
}

export interface SftRecord {
  readonly kind: "sft";
  readonly step: number;
  /** Of the whole run. */
  readonly steps: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  /** Right fact copied when it is on the page; null when not measured at this step. */
  readonly copyAccuracy: number | null;
  /** Of data: mean negative log-likelihood of what was held out; null when not measured at this step. */
  readonly heldOutLoss: number | null;
}

export interface WarningRecord {
  readonly kind: "warning";
  readonly step: number;
  readonly message: string;
}

/** One line of `rollouts.jsonl`: a tree with its credit, as trained (null: the group was dropped). */
export interface RolloutRecord {
  readonly step: number;
  readonly tree: import("../rollout/tree.ts").RolloutTree;
  readonly credit:
    | readonly { readonly path: number; readonly advantages: readonly number[]; readonly factors: readonly number[] }[]
    | null;
}
