/** The embedded engine: expressions, gradients, graphs and the runtime that executes them. Entry `aepo/engine`. */
export type {
  DType,
  OpName,
  Operand,
  Shape,
  TensorData,
  Value,
} from "./value.ts";
export * as ops from "./ops.ts";
export { gradients } from "./gradient.ts";
export { type Graph, graphKey, print } from "./graph.ts";
export type {
  Device,
  DeviceTensor,
  HostTensor,
  Program,
  RowsInto,
  RunResult,
  Runtime,
  RuntimeOptions,
  RuntimeUsage,
  TensorType,
} from "./runtime/runtime.ts";
export { openInlineRuntime, openRuntime } from "./runtime/node.ts";
export {
  type AdamWOptions,
  type AdamWScalars,
  type AdamWState,
  adamwScalars,
  adamwUpdate,
} from "./optim/adamw.ts";
export { clipByGlobalNorm, clipScale, globalNorm } from "./optim/clip.ts";
export {
  constantRate,
  cosineDecay,
  linearDecay,
  type Schedule,
  type WarmupAndDecay,
} from "./optim/schedule.ts";
