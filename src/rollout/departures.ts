/**
 * Where the authors' released code grows trees otherwise than the paper says, each named and off unless asked for. `rules.ts` and
 * the files that follow it read as the paper does; these are for running both side by side.
 */
export interface Departures {
  /** AEPO-H3: the probe's H_root is measured on a generation of its own of at most this many tokens, which is thrown away. */
  readonly rootTokens?: number;
  /**
   * AEPO-H1, H2: a step's entropy is the SUM over its window of −Σ p ln p over this many most likely tokens, and the sampled one
   * where it is not among them: truncated, and larger the longer the step is.
   */
  readonly topK?: number;
  /**
   * AEPO-R2: a tool result is decided on when it is there, by ΔH of the turn that made the call. At the first call that turn is
   * the path's first step, so ΔH = 0.
   */
  readonly beforeCall?: boolean;
  /** AEPO-R2: ΔH is against what first stood at the path's place in a batch (`place-baselines.ts`), or its own first turn. */
  readonly placeBaselines?: boolean;
  /** AEPO-R3: the rules are given a uniform draw, in the place of α. */
  readonly noise?: boolean;
  /** AEPO-R4: branch if P ≥ threshold. */
  readonly atLeast?: boolean;
  /**
   * AEPO-R3: l is that of the question (`round-counter.ts`), by itself or with the rounds of its batch (`batch-rounds.ts`). Needs
   * the synchronous order.
   */
  readonly counter?: "question" | "batch";
  /** AEPO-R5: what is left when all paths have ended is filled one rollout at a time, and fill-ups may branch. */
  readonly fillOneByOne?: boolean;
}
