/** What continuous batching needs of an engine: some draws for some rows, and where each token's state is. */
import type { TokenLogprob } from "./policy.ts";
import type { WholeShaping } from "./shaping.ts";

/** A sequence being continued. The sampler writes it, a decoder reads it during `draw` and `store`. */
export interface DecodeRow {
  /** Prefix and what was drawn so far. */
  readonly ids: readonly number[];
  /** Cache slot of each token up to `start + count`. */
  readonly slots: Int32Array;
  /** Tokens before this one are in the cache. */
  readonly start: number;
  /** Tokens fed: those of `ids` during `draw` (≥ 1), with those drawn and fed again during `store`. */
  readonly count: number;
  /** Whether the state of fed token i is new: to be written into its slot. A fed token whose slot is filled is only queried. */
  readonly isNew: Uint8Array;
  /**
   * Uniform draws in [0, 1), one a token to draw; all but the last drawn token are fed in turn. None when the fed tokens are
   * not the last of `ids`; several only when one token is fed.
   */
  readonly uniforms: readonly number[];
  /** 0: greedy. */
  readonly temperature: number;
  /** Null: draws are from the full distribution. */
  readonly shaping: WholeShaping | null;
  /** How many most likely tokens to report with a draw. */
  readonly topLogprobs: number;
}

/** Whether a row's draws need its logits on the host; such a row has one uniform at most. */
export function needsLogits({ shaping, topLogprobs }: DecodeRow): boolean {
  return shaping !== null || topLogprobs > 0;
}

/** Draws of one row, at least as many as it has uniforms. */
export interface Draws {
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
  readonly entropies: Float32Array;
  /** The most likely tokens at each draw, of a row that asks for them. */
  readonly top?: readonly (readonly TokenLogprob[])[];
}

export interface Decoder {
  /** Most tokens of a row fed in one step. */
  readonly chunkTokens: number;
  /** Most draws of a row in one step. */
  readonly windowTokens: number;
  /** In the order of the rows. */
  draw(rows: readonly DecodeRow[]): Promise<readonly Draws[]>;
  /** Puts the new states of the draw just made into their slots, before any later draw. */
  store(rows: readonly DecodeRow[]): void;
  close(): Promise<void>;
}
