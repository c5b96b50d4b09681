/**
 * The value head as an expression (B-PPO): V = w · h + b, h the final hidden state at the token before (Hugging Face's
 * `last_hidden_state`). It is D + 1 numbers, so memory predictions leave it out.
 */
import { add, gatherRows, input, matmul, mul, reshape, stopGradient } from "../../engine/ops.ts";
import type { Value } from "../../engine/value.ts";
import type { ModelConfig } from "../config.ts";
import type { ParameterShape } from "../parameters.ts";
import { finalHidden, inputsOf, parameterOf, type Parameters } from "../transformer.ts";
import type { ValueLoss } from "./value-loss.ts";

const WEIGHT = "value_head.weight";
const BIAS = "value_head.bias";

export function valueHeadShapes({ hidden_size: width }: ModelConfig): ParameterShape[] {
  return [
    { name: WEIGHT, shape: [1, width] },
    { name: BIAS, shape: [1] },
  ];
}

/** The value of each row of the residual stream, [S]. */
export function valuesOf(config: ModelConfig, parameters: Parameters, head: Parameters, x_SD: Value): Value {
  return readValues(head, finalHidden(config, parameters, x_SD));
}

function readValues(head: Parameters, hidden_SD: Value): Value {
  const values_S1 = matmul(hidden_SD, parameterOf(head, WEIGHT), { transposeB: true });
  return reshape(add(values_S1, parameterOf(head, BIAS)), [hidden_SD.shape[0] ?? 0]);
}

/** Values with their loss, from rows of the residual stream. */
export interface ValueBranch {
  readonly head: Parameters;
  readonly values_S: Value;
  /** A scalar, without its coefficient. */
  readonly loss: Value;
  /** With it: what is added to the policy's loss. */
  readonly weighted: Value;
}

/** What every loss reads of the path-tokens: where they are scored, and what they weigh. */
export interface PathTokenInputs {
  readonly source_N: Value;
  readonly weights_N: Value;
}

export function valueBranch(
  config: ModelConfig,
  valueLoss: ValueLoss,
  { parameters, x_SD }: { readonly parameters: Parameters; readonly x_SD: Value },
  { source_N, weights_N }: PathTokenInputs,
): ValueBranch {
  const head = inputsOf(valueHeadShapes(config));
  const hidden_SD = finalHidden(config, parameters, x_SD);
  const values_S = readValues(head, valueLoss.shareTrunk ? hidden_SD : stopGradient(hidden_SD));
  const loss = valueLoss.build({
    values_N: gatherRows(values_S, source_N),
    oldValues_N: input("oldValues_N", source_N.shape),
    returns_N: input("returns_N", source_N.shape),
    weights_N,
  });
  return { head, values_S, loss, weighted: mul(valueLoss.coefficient, loss) };
}
