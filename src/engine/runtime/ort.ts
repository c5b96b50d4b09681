/**
 * The Executor that computes: ONNX Runtime sessions and resident tensors in the thread it is made in. `session.run` blocks
 * that thread, which is why `node.ts` makes it in a worker.
 */
import type { Tensor } from "onnxruntime-node";
import { AepoError } from "../../std/errors.ts";
import { inputPort, outputPort } from "../onnx/kernels.ts";
import { Garbage } from "./garbage.ts";
import type { OrtOptions } from "./ort-options.ts";
import { dataOf, runSession, toOrt } from "./ort-tensor.ts";
import { ResidentTensors } from "./resident.ts";
import type { Executor, HostTensor, RunCall, RuntimeUsage } from "./runtime.ts";
import { SessionCache } from "./sessions.ts";

export class OrtExecutor implements Executor {
  private readonly sessions: SessionCache;
  private readonly tensors: ResidentTensors;
  private readonly garbage = new Garbage();

  constructor(options: OrtOptions) {
    this.sessions = new SessionCache(options);
    this.tensors = new ResidentTensors(options.device, this.sessions);
  }

  load(key: string, model: Uint8Array, largestBytes: number): Promise<void> {
    return this.sessions.load(key, model, largestBytes);
  }

  release(key: string): Promise<void> {
    return this.sessions.release(key);
  }

  upload(id: number, tensor: HostTensor): Promise<void> {
    return this.tensors.upload(id, tensor);
  }

  download(id: number): Promise<HostTensor> {
    return this.tensors.read(id);
  }

  async free(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.garbage.add(this.tensors.drop(id));
    this.garbage.collectIfEnough();
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
      deviceBytes: this.tensors.deviceBytes,
    };
  }

  async close(): Promise<void> {
    this.tensors.clear();
    await this.sessions.clear();
  }
}
