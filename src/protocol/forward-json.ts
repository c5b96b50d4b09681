/** The result of a forward pass as JSON, and back. */
import { AepoError } from "../std/errors.ts";
import type { ForwardResult } from "./in-memory.ts";
import { finite, number } from "./json-number.ts";
import type { AnsweredTensor } from "./messages/tensor.ts";
import type { ForwardResultMessage } from "./messages/training.ts";

export function forwardResultToJson({ outputs, metrics }: ForwardResult): ForwardResultMessage {
  return {
    loss_fn_output_type: "scalar",
    loss_fn_outputs: outputs.map(({ logprobs, elementwiseLoss }) => ({
      logprobs: answered(logprobs),
      ...(elementwiseLoss === undefined ? {} : { elementwise_loss: answered(elementwiseLoss) }),
    })),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, finite(value)])),
  };
}

export function forwardResultFromJson({ loss_fn_outputs, metrics }: ForwardResultMessage): ForwardResult {
  return {
    outputs: loss_fn_outputs.map(({ logprobs, elementwise_loss }, index) => {
      if (logprobs === undefined) throw new AepoError("policy", `output ${index} of a forward pass has no logprobs`);
      return {
        logprobs: Float32Array.from(logprobs.data, number),
        ...(elementwise_loss === undefined
          ? {}
          : { elementwiseLoss: Float32Array.from(elementwise_loss.data, number) }),
      };
    }),
    metrics: metricsFromJson(metrics),
  };
}

/** A metric that was no number is left out. */
export function metricsFromJson(metrics: ForwardResultMessage["metrics"]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics ?? {}).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}

function answered(values: Float32Array): AnsweredTensor {
  return { data: Array.from(values, finite), dtype: "float32", shape: [values.length] };
}
