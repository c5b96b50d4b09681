/** B-PPO's value loss: 0.5 · max((V − R)², (V_old + clip(V − V_old, ±ε) − R)²), summed with the policy loss's weights. */
import { add, maximum, minimum, mul, sub, sum } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { ValueLoss } from "../policy/critic/value-loss.ts";

export interface ValueClipOptions {
  /** ε: how far a value may move from what it was before it stops being rewarded for it. */
  readonly clip: number;
  readonly coefficient: number;
  readonly shareTrunk: boolean;
}

export function clippedValueLoss(options: ValueClipOptions): ValueLoss {
  const { clip, coefficient, shareTrunk } = options;
  return {
    key: `value clip ${JSON.stringify(options)}`,
    coefficient,
    shareTrunk,
    build({ values_N, oldValues_N, returns_N, weights_N }) {
      const moved_N = minimum(maximum(sub(values_N, oldValues_N), -clip), clip);
      const free = square(sub(values_N, returns_N));
      const clipped = square(sub(add(oldValues_N, moved_N), returns_N));
      return mul(0.5, sum(mul(weights_N, maximum(free, clipped)), [0]));
    },
  };
}

function square(x: Value): Value {
  return mul(x, x);
}
