/**
 * A loss as a graph expression over path-tokens, written once and differentiated by the engine's one walk. An engine
 * without our graphs evaluates the same expression to get one coefficient a path-token (d loss / d logprob).
 */
import type { Value } from "../engine/value.ts";
import type { ValueLoss } from "./critic/value-loss.ts";

/** Inputs of a loss, one entry a path-token of the micro-batch (axis N; padding has weight 0). */
export interface LossInputs {
  /** Differentiable. */
  readonly logprobs_N: Value;
  /** Differentiable entropy of the current policy at each token, nats. */
  readonly entropies_N: Value;
  readonly oldLogprobs_N: Value;
  readonly advantages_N: Value;
  /** Of the reference policy; 0 where the method has none. */
  readonly referenceLogprobs_N: Value;
  readonly weights_N: Value;
  /** int32: which path of the micro-batch each entry belongs to; paths are never cut. */
  readonly path_N: Value;
  /** Number of paths the micro-batch can hold (static). */
  readonly pathCount: number;
}

export interface Loss {
  /** Name and every constant in it: part of the session cache's key. */
  readonly key: string;
  /** The scalar to minimise: a weighted SUM over path-tokens. */
  build(inputs: LossInputs): Value;
  /** Added to it, for a policy with a value head (B-PPO); its key is part of `key`. */
  readonly value?: ValueLoss;
}
