/**
 * AdamW (Loshchilov and Hutter): bias-corrected moments, weight decay decoupled from the gradient. Values in, values out; the
 * numbers that change from step to step are scalar inputs, so one graph serves a whole run.
 */
import { add, div, mul, sqrt, square, sub } from "../ops.ts";
import type { Value } from "../value.ts";

export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 0 for norms and biases. */
  readonly weightDecay: number;
}

/** What a step multiplies by. Computed in double precision: 1 − 0.999 in float32 is off by 5e-5. */
export interface AdamWScalars<T> {
  /** Learning rate ÷ (1 − β1^step). */
  readonly rate: T;
  readonly beta1: T;
  readonly oneMinusBeta1: T;
  readonly beta2: T;
  readonly oneMinusBeta2: T;
  /** 1 ÷ √(1 − β2^step). */
  readonly inverseRootCorrection: T;
  readonly epsilon: T;
  /** 1 − learning rate · weight decay. */
  readonly keep: T;
}

/** The scalars of step `step`, from 1. */
export function adamwScalars(options: AdamWOptions, step: number): AdamWScalars<number> {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = options;
  return {
    rate: learningRate / (1 - beta1 ** step),
    beta1,
    oneMinusBeta1: 1 - beta1,
    beta2,
    oneMinusBeta2: 1 - beta2,
    inverseRootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
    keep: 1 - learningRate * weightDecay,
  };
}

export interface AdamWState {
  readonly parameter: Value;
  /** Running mean of the gradient, zeros at first. */
  readonly first: Value;
  /** Running mean of its square, zeros at first. */
  readonly second: Value;
}

/** One parameter's new value and moments; all of one shape, the scalars of shape []. */
export function adamwUpdate(
  { parameter, first, second }: AdamWState,
  gradient: Value,
  scalars: AdamWScalars<Value>,
): AdamWState {
  const newFirst = add(mul(first, scalars.beta1), mul(gradient, scalars.oneMinusBeta1));
  const newSecond = add(mul(second, scalars.beta2), mul(square(gradient), scalars.oneMinusBeta2));
  const root = add(mul(sqrt(newSecond), scalars.inverseRootCorrection), scalars.epsilon);
  const step = mul(div(newFirst, root), scalars.rate);
  return {
    parameter: sub(mul(parameter, scalars.keep), step),
    first: newFirst,
    second: newSecond,
  };
}
