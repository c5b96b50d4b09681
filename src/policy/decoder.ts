/** What continuous batching needs of an engine: one step for some rows, and where each token's state is. */

/** A sequence being continued. The sampler writes it, a decoder reads it during `draw`. */
export interface DecodeRow {
  /** Prefix and what was drawn so far. */
  readonly ids: readonly number[];
  /** Cache slot of each token up to `start + count`. */
  readonly slots: Int32Array;
  /** Tokens before this one are in the cache. */
  readonly start: number;
  /** Tokens to feed in this step (≥ 1). */
  readonly count: number;
  /** Whether the state of fed token i is new: to be written into its slot. A fed token whose slot is filled is only queried. */
  readonly isNew: Uint8Array;
  /** Uniform draw in [0, 1) for the next token; null when the fed tokens are not the last of `ids`. */
  readonly uniform: number | null;
  /** 0: greedy. */
  readonly temperature: number;
}

/** One entry a row; rows without a draw carry anything. */
export interface Draws {
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
  readonly entropies: Float32Array;
}

export interface Decoder {
  /** Most tokens of a row fed in one step. */
  readonly chunkTokens: number;
  draw(rows: readonly DecodeRow[]): Promise<Draws>;
  close(): Promise<void>;
}
