/** One AdamW update as graphs: the gradients' global norm, then clipped updates, decoupled weight decay on matrices. */
import type { Graph } from "../engine/graph.ts";
import { input, mul, scalar } from "../engine/ops.ts";
import { type AdamWScalars, adamwScalars, adamwUpdate } from "../engine/optim/adamw.ts";
import { clipScale, globalNorm } from "../engine/optim/clip.ts";
import type { HostTensor } from "../engine/runtime/runtime.ts";
import type { Value } from "../engine/value.ts";
import { gradientName } from "./forest-graph.ts";
import { isDecayed, type ParameterShape } from "./parameters.ts";
import type { OptimizerStep } from "./policy.ts";

/** Names of the moments of a parameter, as inputs and outputs. */
export const firstMomentName = (parameter: string): string => `first/${parameter}`;
export const secondMomentName = (parameter: string): string => `second/${parameter}`;

/** Output of the one graph and input of the other. */
export const GRADIENT_NORM = "gradientNorm";
const MAX_NORM = "maxNorm";
const GRADIENT_SCALE = "gradientScale";
const scalarName = (name: string): string => `adamw/${name}`;

/** Any step's scalars, for their names. */
const SCALAR_NAMES = Object.keys(
  adamwScalars({ learningRate: 0, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0 }, 1),
) as (keyof AdamWScalars<number>)[];

/** Output: the global norm of all gradients, before clipping. */
export function gradientNormGraph(shapes: readonly ParameterShape[]): Graph {
  return {
    outputs: { [GRADIENT_NORM]: globalNorm(shapes.map(({ name, shape }) => input(gradientName(name), shape))) },
  };
}

/** Some of the trained tensors, given the norm of all. Outputs: their new values and moments under their own names. */
export function updateGraph(shapes: readonly ParameterShape[]): Graph {
  const scalars = Object.fromEntries(SCALAR_NAMES.map((name) => [name, input(scalarName(name), [])])) as Record<
    keyof AdamWScalars<Value>,
    Value
  >;
  const scale = mul(clipScale(input(GRADIENT_NORM, []), input(MAX_NORM, [])), input(GRADIENT_SCALE, []));
  const outputs: Record<string, Value> = {};
  for (const { name, shape } of shapes) {
    const state = {
      parameter: input(name, shape),
      first: input(firstMomentName(name), shape),
      second: input(secondMomentName(name), shape),
    };
    const gradient = mul(input(gradientName(name), shape), scale);
    const updated = adamwUpdate(state, gradient, isDecayed(name) ? scalars : { ...scalars, keep: scalar(1) });
    outputs[name] = updated.parameter;
    outputs[firstMomentName(name)] = updated.first;
    outputs[secondMomentName(name)] = updated.second;
  }
  return { outputs };
}

/** Scalar inputs of the graphs at update number `count` (from 1). `gradientNorm`: of the gradient times `gradientScale`. */
export function optimizerInputs(
  step: OptimizerStep,
  gradientNorm: number,
  count: number,
  gradientScale: number,
): Record<string, HostTensor> {
  const scalars = Object.entries(adamwScalars(step, count)).map(([name, x]) => [scalarName(name), number(x)] as const);
  // Infinity never clips; a finite bound keeps infinities, and what they turn into, out of the graph.
  return {
    ...Object.fromEntries(scalars),
    [GRADIENT_NORM]: number(gradientNorm),
    [MAX_NORM]: number(Math.min(step.maxGradientNorm, 3e38)),
    [GRADIENT_SCALE]: number(gradientScale),
  };
}

function number(x: number): HostTensor {
  return { dtype: "f32", shape: [], data: Float32Array.of(x) };
}
