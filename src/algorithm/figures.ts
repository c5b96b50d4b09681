/**
 * The figures of aepo.md §7 for one training step: what is measured so that each mechanism is seen to act. Plain data,
 * written to `metrics.jsonl`. `null` means "nothing to measure", never 0.
 */

export interface Histogram {
  /** n + 1 edges. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface RewardFigures {
  readonly mean: number;
  readonly std: number;
  readonly correctShare: number;
  readonly formatShare: number;
  /** Groups whose rewards are all equal: they are dropped. */
  readonly flatGroupShare: number;
  readonly groups: number;
  readonly groupsKept: number;
  /** Paths that could not be judged, and their groups, which were left out of the batch; the figures above are of the others. Missing: none. */
  readonly unjudged?: { readonly paths: number; readonly groups: number };
}

export interface BudgetFigures {
  /** m a question: mean and spread over the questions of the step (null: no pre-monitoring). */
  readonly mMean: number;
  readonly mStd: number;
  readonly m: readonly number[];
  readonly rootEntropyMean: number | null;
  readonly toolEntropyMean: number | null;
}

export interface BranchFigures {
  readonly branches: number;
  readonly decisions: number;
  /** Branches a trajectory, mean over groups. */
  readonly perGroup: number;
  /** Share of branches on the top 1 and top 3 roots of a group; the null throws the same branches uniformly on the roots that may branch. */
  readonly top1: number | null;
  readonly top3: number | null;
  readonly top1Null: number | null;
  readonly top3Null: number | null;
  readonly rootsHit: number | null;
  /** Branching steps with l ≥ 1 / branching steps. */
  readonly consecutiveShare: number | null;
  /** Decisions with budget left that would branch at l = 0 but do not at their l. */
  readonly denied: number;
  /** Lengths of runs of consecutive branching steps: index i counts runs of length i + 1. */
  readonly runLengths: readonly number[];
  readonly deltaEntropy: Histogram | null;
  readonly probability: Histogram | null;
  readonly deltaByTool: Readonly<Record<string, number>>;
  readonly deltaByTurn: readonly number[];
  /** n − 1 deviation of H_tool over distinct tool steps, nats: next step's `spread` (AEPO-H5); null with fewer than two. */
  readonly toolEntropySpread: number | null;
}

export interface ClipFigures {
  readonly pathTokens: number;
  /** Share of path-tokens with F ≠ δ above (δ > 1 + ε_h, Ã > 0) and below (δ < 1 − ε_l, Ã < 0). */
  readonly highShare: number;
  readonly lowShare: number;
  /** Mean entropy (rollout policy, nats) of those tokens and of all trained tokens. */
  readonly highEntropy: number | null;
  readonly lowEntropy: number | null;
  readonly allEntropy: number;
  /** AEPO-L3: Σ over δ > 1 + ε_h, Ã > 0 of |(1 + ε_h)Ã| ÷ Σ |F·Ã|; 0 when the stop-gradient is off. */
  readonly restoredShare: number;
  /** The tokens clipped most: text, times clipped, times trained. */
  readonly mostClipped: readonly { readonly token: string; readonly clipped: number; readonly trained: number }[];
}

export interface FactorFigures {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Path-tokens where the bound at 0 acted. */
  readonly bounded: number;
}

export interface EntropyFigures {
  /** Mean over generated policy tokens, nats; and over the entropy window after a tool result. */
  readonly policy: number;
  readonly afterResult: number | null;
  /** Missing where entropies are of the full distribution. */
  readonly estimate?: EntropyEstimate;
}

export interface DiversityFigures {
  /** Means over groups. */
  readonly distinctAnswers: number;
  readonly distinctCallSequences: number;
  readonly duplicatePaths: number;
}

export interface LengthFigures {
  /** Tokens of the policy a path, mean. */
  readonly writtenPerPath: number;
  /** Share of the paths that end without an answer or with an empty one. */
  readonly emptyShare: number;
}

/** AEPO-H4: how entropies were estimated. `lumped`: mean probability outside the tokens known; null where none is known. */
export interface EntropyEstimate {
  readonly kind: "topK" | "surprisal";
  readonly lumped: number | null;
}

export interface LedgerFigures {
  readonly generated: number;
  readonly shared: number;
  readonly trained: number;
  readonly toolCalls: number;
  readonly toolCallsSaved: number;
  readonly ends: Readonly<Record<string, number>>;
}

/** Of a value head, before the step's first update unless said. */
export interface CriticFigures {
  /** Only the value head was trained. */
  readonly warmup: boolean;
  /** 1 − Var(return − value)/Var(return) over path-tokens; null if all returns are equal. */
  readonly explainedVariance: number | null;
  /** Mean over the updates. */
  readonly valueLoss: number;
  readonly valueMean: number;
  readonly returnMean: number;
  /** Of the head alone, mean over the updates. */
  readonly gradientNorm: number;
}

/** Everything of one step. `clip` and `factor` are null when no policy was trained: no group kept, or a value head warming up. */
export interface StepFigures {
  readonly reward: RewardFigures;
  readonly budget: BudgetFigures;
  readonly branch: BranchFigures;
  readonly clip: ClipFigures | null;
  readonly factor: FactorFigures | null;
  readonly entropy: EntropyFigures;
  readonly diversity: DiversityFigures;
  readonly length: LengthFigures;
  readonly ledger: LedgerFigures;
  /** Figures of what this method alone does, by name; missing where it has none. */
  readonly method?: Readonly<Record<string, number>>;
  /** Of methods with a value head; null when the step was skipped. */
  readonly critic?: CriticFigures | null;
  /** "A mechanism that is switched on and has no effect in a whole step": one sentence each. */
  readonly warnings: readonly string[];
}
