/** Between our tensors and ONNX Runtime's, and the one place where a session runs. */
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { AepoError } from "../../std/errors.ts";
import { sizeOf } from "../shape.ts";
import type { DType, TensorData } from "../value.ts";
import { runFailure } from "./run-failure.ts";
import type { HostTensor } from "./runtime.ts";

export async function runSession(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  try {
    return await session.run(feeds);
  } catch (error) {
    throw runFailure(error);
  }
}

const ORT_TYPES = { f32: "float32", i32: "int32", bool: "bool" } as const;

export function toOrt({ dtype, shape, data }: HostTensor): Tensor {
  return new Tensor(ORT_TYPES[dtype], data, shape);
}

/** The numbers of a tensor on the CPU. */
export function dataOf(tensor: Tensor, dtype: DType): TensorData {
  const { data } = tensor;
  const kind = dtype === "f32" ? Float32Array : dtype === "i32" ? Int32Array : Uint8Array;
  if (data instanceof kind && data.length === sizeOf(tensor.dims)) return data;
  throw new AepoError("engine", `onnxruntime gave ${tensor.type} where ${dtype} was expected`);
}
