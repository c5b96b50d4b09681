/**
 * The Executor that computes: ONNX Runtime sessions and resident tensors in the thread it is made in. `session.run` blocks
 * that thread, which is why `node.ts` makes it in a worker.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { AepoError, messageOf } from "../../std/errors.ts";
import { inputPort, outputPort } from "../onnx/kernels.ts";
import { sizeOf } from "../shape.ts";
import type { DType, TensorData } from "../value.ts";
import { ResidentTensors } from "./resident.ts";
import type { Device, Executor, HostTensor, RunCall, RuntimeUsage } from "./runtime.ts";
import { SessionCache } from "./sessions.ts";

export interface OrtOptions {
  readonly device: Device;
  readonly threads: number;
  readonly maxSessions: number;
}

export class OrtExecutor implements Executor {
  private readonly sessions: SessionCache;
  private readonly tensors: ResidentTensors;

  constructor(options: OrtOptions) {
    this.sessions = new SessionCache(options);
    this.tensors = new ResidentTensors(options.device, this.sessions);
  }

  load(key: string, model: Uint8Array): Promise<void> {
    return this.sessions.load(key, model);
  }

  release(key: string): Promise<void> {
    return this.sessions.release(key);
  }

  async upload(id: number, tensor: HostTensor): Promise<void> {
    this.tensors.put(id, toOrt(tensor));
  }

  download(id: number): Promise<HostTensor> {
    return this.tensors.read(id);
  }

  async free(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.tensors.drop(id);
  }

  async run({ key, inputs, keep, outputs }: RunCall): Promise<Record<string, HostTensor>> {
    const session = await this.sessions.get(key, Object.keys(keep).map(outputPort));
    const feeds: Record<string, Tensor> = {};
    for (const [name, given] of Object.entries(inputs)) {
      feeds[inputPort(name)] = typeof given === "number" ? this.tensors.get(given) : toOrt(given);
    }
    const results = await runSession(session, feeds);
    const host: Record<string, HostTensor> = {};
    for (const [name, { dtype, shape }] of Object.entries(outputs)) {
      const result = results[outputPort(name)];
      if (result === undefined) throw new AepoError("engine", `onnxruntime gave no output "${name}"`);
      const id = keep[name];
      if (id === undefined) host[name] = { dtype, shape, data: dataOf(result, dtype) };
      else this.tensors.put(id, result);
    }
    return host;
  }

  writeRows(slots: Int32Array, writes: readonly { readonly pool: number; readonly rows: number }[]): Promise<void> {
    return this.tensors.writeRows(slots, writes);
  }

  async usage(): Promise<RuntimeUsage> {
    return {
      sessions: this.sessions.size,
      tensors: this.tensors.count,
      tensorBytes: this.tensors.bytes,
    };
  }

  async close(): Promise<void> {
    this.tensors.clear();
    await this.sessions.clear();
  }
}

export async function runSession(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  try {
    return (await session.run(feeds)) as Record<string, Tensor>;
  } catch (error) {
    throw new AepoError("engine", `onnxruntime failed: ${messageOf(error)}`, {
      cause: error,
    });
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
