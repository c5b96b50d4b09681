/**
 * The graphs of the value head alone: they read the trunk and never reach the vocabulary. Inputs are those of `PackedForest`
 * plus the policy's parameters, as they are sampled from, and the head's.
 */
import { gradients } from "../../engine/gradient.ts";
import type { Graph } from "../../engine/graph.ts";
import { add, input } from "../../engine/ops.ts";
import type { ModelConfig } from "../config.ts";
import { forestModel, gradientName, pathTokenInputs } from "../forest-graph.ts";
import type { ForestShape } from "../forest-shape.ts";
import { inputsOf, parameterInputs } from "../transformer.ts";
import { valueBranch, valueHeadShapes, valuesOf } from "./value-head.ts";
import type { ValueLoss } from "./value-loss.ts";

/** Output values_S. */
export function valueGraph(config: ModelConfig, shape: ForestShape): Graph {
  const parameters = parameterInputs(config);
  const { x_SD } = forestModel(config, shape, parameters);
  return { outputs: { values_S: valuesOf(config, parameters, inputsOf(valueHeadShapes(config)), x_SD) } };
}

/** Outputs valueLoss, values_S and the head's accumulated gradient plus this forest's, its coefficient in it. */
export function headTrainingGraph(config: ModelConfig, shape: ForestShape, valueLoss: ValueLoss): Graph {
  const parameters = parameterInputs(config);
  const { x_SD } = forestModel(config, shape, parameters);
  const branch = valueBranch(config, valueLoss, { parameters, x_SD }, pathTokenInputs(shape));
  const { head, values_S, loss, weighted } = branch;
  const found = gradients(weighted, [...head.values()]);
  const summed = [...head].map(([name, parameter], i) => {
    const accumulated = input(gradientName(name), parameter.shape);
    return [gradientName(name), add(accumulated, found[i] ?? 0)] as const;
  });
  return { outputs: { valueLoss: loss, values_S, ...Object.fromEntries(summed) } };
}
