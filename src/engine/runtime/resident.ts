/** Tensors that live with the executor: arrays, written in place; of webgpu opaque buffers on the device. */
import type { Tensor } from "onnxruntime-node";
import { AepoError } from "../../std/errors.ts";
import { planGraph } from "../graph.ts";
import { inputPort, outputPort } from "../onnx/kernels.ts";
import { lowerPlan } from "../onnx/lower.ts";
import { input } from "../ops.ts";
import { extentOf, sizeOf } from "../shape.ts";
import type { DType, TensorData } from "../value.ts";
import { dataOf, runSession, toOrt } from "./ort-tensor.ts";
import type { Device, HostTensor } from "./runtime.ts";
import { scatterModel } from "../onnx/scatter-model.ts";
import type { SessionCache } from "./sessions.ts";

const DTYPES: Readonly<Record<string, DType>> = {
  float32: "f32",
  int32: "i32",
  bool: "bool",
};

export class ResidentTensors {
  private readonly device: Device;
  private readonly sessions: SessionCache;
  private readonly tensors = new Map<number, Tensor>();

  constructor(device: Device, sessions: SessionCache) {
    this.device = device;
    this.sessions = sessions;
  }

  get count(): number {
    return this.tensors.size;
  }

  get bytes(): number {
    return [...this.tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  }

  /** Of `bytes`, those in the memory of another device than the processor. */
  get deviceBytes(): number {
    const elsewhere = [...this.tensors.values()].filter(({ location }) => location === "gpu-buffer");
    return elsewhere.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  }

  /** Onto the device: a tensor that stayed with the processor would be sent again at every run that reads it. */
  async upload(id: number, tensor: HostTensor): Promise<void> {
    const host = toOrt(tensor);
    this.put(id, this.device === "webgpu" ? await this.copy(host, { toHost: false }) : host);
  }

  put(id: number, tensor: Tensor): void {
    this.tensors.set(id, tensor);
  }

  get(id: number): Tensor {
    const tensor = this.tensors.get(id);
    if (tensor === undefined) throw new AepoError("engine", `there is no tensor ${id} in the runtime`);
    return tensor;
  }

  /** Returns the bytes of memory that now wait for the garbage collector. */
  drop(id: number): number {
    const tensor = this.tensors.get(id);
    this.tensors.delete(id);
    if (tensor === undefined) return 0;
    if (tensor.location !== "gpu-buffer") return bytesOf(tensor);
    tensor.dispose();
    return 0;
  }

  clear(): void {
    for (const id of this.tensors.keys()) this.drop(id);
  }

  /** A copy of the numbers. */
  async read(id: number): Promise<HostTensor> {
    const tensor = this.get(id);
    const dtype = dtypeOf(tensor);
    const shape = [...tensor.dims];
    if (tensor.location !== "gpu-buffer") return { dtype, shape, data: dataOf(tensor, dtype).slice() };
    // getData() of such a tensor aborts the process: read it through a graph that does nothing.
    return {
      dtype,
      shape,
      data: dataOf(await this.copy(tensor, { toHost: true }), dtype),
    };
  }

  async writeRows(
    slots: Int32Array,
    writes: readonly { readonly pool: number; readonly rows: number }[],
  ): Promise<void> {
    for (const { pool, rows } of writes) {
      if (this.device !== "webgpu") {
        const [target, source] = [this.get(pool), this.get(rows)];
        copyRows(dataOf(target, dtypeOf(target)), dataOf(source, dtypeOf(source)), slots);
      } else await this.scatterRows(pool, slots, rows);
    }
  }

  /** By a graph that does nothing. */
  private async copy(tensor: Tensor, { toHost }: { readonly toHost: boolean }): Promise<Tensor> {
    const plan = planGraph({ outputs: { x: input("x", [...tensor.dims], dtypeOf(tensor)) } });
    if (!this.sessions.has(plan.key)) await this.sessions.load(plan.key, lowerPlan(plan, this.device), 0);
    const session = await this.sessions.get(plan.key, toHost ? [] : [outputPort("x")]);
    const copy = (await runSession(session, { [inputPort("x")]: tensor }))[outputPort("x")];
    if (copy === undefined) throw new AepoError("engine", "onnxruntime gave no copy of a tensor");
    return copy;
  }

  /** Replaces the pool by a copy with the rows written. A skipped row writes another one a second time. */
  private async scatterRows(poolId: number, slots: Int32Array, rowsId: number): Promise<void> {
    const first = slots.findIndex((slot) => slot >= 0);
    if (first < 0) return;
    const [pool, rows] = [this.get(poolId), this.get(rowsId)];
    const taken = slots.map((slot, i) => (slot >= 0 ? i : first));
    const places = slots.map((slot) => (slot >= 0 ? slot : extentOf(Array.from(slots), first)));
    const key = `scatter ${pool.type} ${pool.dims.join("x")} ${rows.dims.join("x")}`;
    if (!this.sessions.has(key)) await this.sessions.load(key, scatterModel(dtypeOf(pool), pool.dims, rows.dims), 0);
    const session = await this.sessions.get(key, ["pool'"]);
    const index = (data: Int32Array): Tensor => toOrt({ dtype: "i32", shape: [data.length], data });
    const results = await runSession(session, {
      pool,
      rows,
      taken: index(taken),
      places: index(places),
    });
    const written = results["pool'"];
    if (written === undefined) throw new AepoError("engine", "onnxruntime gave no pool");
    this.drop(poolId);
    this.put(poolId, written);
  }
}

function bytesOf({ dims, type }: Tensor): number {
  return sizeOf(dims) * (type === "bool" ? 1 : 4);
}

function dtypeOf(tensor: Tensor): DType {
  const dtype = DTYPES[tensor.type];
  if (dtype === undefined) throw new AepoError("engine", `onnxruntime gave a tensor of type ${tensor.type}`);
  return dtype;
}

/** Neighbours that go to neighbouring slots are copied at once: a decoded window's tokens do. */
function copyRows(pool: TensorData, rows: TensorData, slots: Int32Array): void {
  const width = rows.length / slots.length;
  for (let from = 0, to = 1; from < slots.length; from = to++) {
    const slot = slots[from] ?? -1;
    if (slot < 0) continue;
    while (slots[to] === slot + to - from) to++;
    pool.set(rows.subarray(from * width, to * width), slot * width);
  }
}
