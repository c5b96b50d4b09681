/**
 * Generalised advantage estimation (arXiv 1506.02438; B-PPO) over the trainable tokens of one path. A tool result is no step:
 * the successor of a turn's last token is the next turn's first. The path ends behind its last token, where the value is 0.
 */

export interface GaeOptions {
  /** γ: discount a token. */
  readonly gamma: number;
  /** λ: 0 is one-step TD, 1 the whole return. */
  readonly lambda: number;
}

export interface TokenAdvantages {
  readonly advantages: Float64Array;
  /** What the value head learns: advantage + value. */
  readonly returns: Float64Array;
}

/** A_t = δ_t + γλ·A_{t+1} with δ_t = r_t + γ·V_{t+1} − V_t; one reward and one value a token. */
export function generalisedAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { gamma, lambda }: GaeOptions,
): TokenAdvantages {
  const [advantages, returns] = [new Float64Array(values.length), new Float64Array(values.length)];
  let [nextValue, nextAdvantage] = [0, 0];
  for (let t = values.length - 1; t >= 0; t--) {
    const value = values[t] ?? 0;
    const delta = (rewards[t] ?? 0) + gamma * nextValue - value;
    nextAdvantage = delta + gamma * lambda * nextAdvantage;
    nextValue = value;
    advantages[t] = nextAdvantage;
    returns[t] = nextAdvantage + value;
  }
  return { advantages, returns };
}
