/** A loss of the value head (B-PPO) as a graph expression over path-tokens, like the policy's own (`loss.ts`). */
import type { Value } from "../../engine/value.ts";

/** One entry a path-token of the micro-batch (axis N; padding has weight 0). */
export interface ValueLossInputs {
  /** Differentiable: the value of the state in which the token was written. */
  readonly values_N: Value;
  /** Before the first update of the rollout batch. */
  readonly oldValues_N: Value;
  readonly returns_N: Value;
  readonly weights_N: Value;
}

export interface ValueLoss {
  /** Name and every constant in it: part of the session cache's key. */
  readonly key: string;
  /** What the value loss is multiplied with where it is added to the policy's. */
  readonly coefficient: number;
  /** Whether its gradient goes through the hidden state into the policy's own weights; else they are read detached. */
  readonly shareTrunk: boolean;
  /** The scalar to minimise: a weighted SUM over path-tokens. */
  build(inputs: ValueLossInputs): Value;
}
