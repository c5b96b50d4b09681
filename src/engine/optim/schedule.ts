/** Learning-rate schedules: functions from a step (from 0) to a rate. */

export type Schedule = (step: number) => number;

export function constantRate(rate: number): Schedule {
  return () => rate;
}

export interface WarmupAndDecay {
  readonly peak: number;
  readonly steps: number;
  /** Share of the steps over which the rate rises from 0, which itself is left out. */
  readonly warmup: number;
  /** Share of the steps, the last ones, over which it falls towards 0. */
  readonly decay: number;
}

/** Rises, stays, falls in a straight line. */
export function linearDecay(shape: WarmupAndDecay): Schedule {
  return (step) => shape.peak * rise(shape, step) * fall(shape, step);
}

/** Rises, stays, falls along half a cosine. */
export function cosineDecay(shape: WarmupAndDecay): Schedule {
  return (step) => shape.peak * rise(shape, step) * 0.5 * (1 - Math.cos(Math.PI * fall(shape, step)));
}

function rise({ steps, warmup }: WarmupAndDecay, step: number): number {
  return Math.min(1, (step + 1) / (warmup * steps + 1));
}

/** What is left of the fall, 1 before it begins. */
function fall({ steps, decay }: WarmupAndDecay, step: number): number {
  return decay === 0 ? 1 : Math.max(0, Math.min(1, (steps - step) / (decay * steps)));
}
