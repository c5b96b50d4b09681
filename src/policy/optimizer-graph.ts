/** One AdamW update of all trained tensors as a graph: clipping by global norm, decoupled weight decay on matrices. */
import type { Graph } from "../engine/graph.ts";
import { input, scalar } from "../engine/ops.ts";
import { type AdamWScalars, adamwScalars, adamwUpdate } from "../engine/optim/adamw.ts";
import { clipByGlobalNorm } from "../engine/optim/clip.ts";
import type { HostTensor } from "../engine/runtime/runtime.ts";
import type { Value } from "../engine/value.ts";
import { gradientName } from "./forest-graph.ts";
import { isDecayed, type ParameterShape } from "./parameters.ts";
import type { OptimizerStep } from "./policy.ts";

/** Names of the moments of a parameter, as inputs and outputs. */
export const firstMomentName = (parameter: string): string => `first/${parameter}`;
export const secondMomentName = (parameter: string): string => `second/${parameter}`;

const MAX_NORM = "maxNorm";
const scalarName = (name: string): string => `adamw/${name}`;

/** Any step's scalars, for their names. */
const SCALAR_NAMES = Object.keys(
  adamwScalars({ learningRate: 0, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0 }, 1),
) as (keyof AdamWScalars<number>)[];

/** Outputs gradientNorm (before clipping) and, for every shape, its new value and moments under their own names. */
export function optimizerGraph(shapes: readonly ParameterShape[]): Graph {
  const scalars = Object.fromEntries(SCALAR_NAMES.map((name) => [name, input(scalarName(name), [])])) as Record<
    keyof AdamWScalars<Value>,
    Value
  >;
  const raw = shapes.map(({ name, shape }) => input(gradientName(name), shape));
  const { gradients, norm } = clipByGlobalNorm(raw, input(MAX_NORM, []));
  const outputs: Record<string, Value> = { gradientNorm: norm };
  for (const [i, { name, shape }] of shapes.entries()) {
    const state = {
      parameter: input(name, shape),
      first: input(firstMomentName(name), shape),
      second: input(secondMomentName(name), shape),
    };
    const gradient = gradients[i];
    if (gradient === undefined) throw new RangeError(`no gradient of ${name}`);
    const updated = adamwUpdate(state, gradient, isDecayed(name) ? scalars : { ...scalars, keep: scalar(1) });
    outputs[name] = updated.parameter;
    outputs[firstMomentName(name)] = updated.first;
    outputs[secondMomentName(name)] = updated.second;
  }
  return { outputs };
}

/** Scalar inputs of the graph at update number `count` (from 1). */
export function optimizerInputs(step: OptimizerStep, count: number): Record<string, HostTensor> {
  const scalars = Object.entries(adamwScalars(step, count)).map(([name, x]) => [scalarName(name), number(x)] as const);
  // Infinity never clips; a finite bound keeps infinities, and what they turn into, out of the graph.
  return {
    ...Object.fromEntries(scalars),
    [MAX_NORM]: number(Math.min(step.maxGradientNorm, 3e38)),
  };
}

function number(x: number): HostTensor {
  return { dtype: "f32", shape: [], data: Float32Array.of(x) };
}
