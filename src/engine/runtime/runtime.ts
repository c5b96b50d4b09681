/**
 * The runtime contract: where graphs run and tensors live. An adapter for another platform (a browser's worker) implements
 * `Executor`; `front.ts` makes a Runtime of it. Nothing here imports `node:`.
 */
import type { Graph } from "../graph.ts";
import type { Device } from "../onnx/emitter.ts";
import type { DType, Shape, TensorData } from "../value.ts";

export type { Device };

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A tensor in this thread; row-major. The runtime copies what it is given and hands over what it returns. */
export interface HostTensor extends TensorType {
  readonly data: TensorData;
}

/** A tensor that lives with the runtime until it is freed: weights, optimiser state, gradients, caches. */
export interface DeviceTensor extends TensorType {
  readonly id: number;
}

/** A compiled graph. Valid for the runtime that compiled it, until that is closed. */
export interface Program {
  readonly key: string;
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly outputs: Readonly<Record<string, TensorType>>;
}

export interface RunResult {
  readonly host: Readonly<Record<string, HostTensor>>;
  readonly device: Readonly<Record<string, DeviceTensor>>;
}

/** Rows [n, ...] of a kept output to be written into a pool [P, ...]. */
export interface RowsInto {
  readonly pool: DeviceTensor;
  readonly rows: DeviceTensor;
}

export interface Runtime {
  readonly device: Device;
  readonly threads: number;
  /** Cached by the graph's key. Throws an AepoError if the graph is malformed. */
  compile(graph: Graph): Promise<Program>;
  upload(tensor: HostTensor): Promise<DeviceTensor>;
  download(tensor: DeviceTensor): Promise<HostTensor>;
  /** Gives the memory back; using one of them afterwards is an error. */
  free(...tensors: readonly DeviceTensor[]): void;
  /**
   * Runs a program. Inputs by name, host or device tensors, all of them and no others. Outputs named in `keep` stay with
   * the runtime (free them when done); the others come back.
   */
  run(
    program: Program,
    inputs: Readonly<Record<string, HostTensor | DeviceTensor>>,
    keep?: readonly string[],
  ): Promise<RunResult>;
  /** Writes row i of `rows` over row slots[i] of `pool`, in place; slot −1 skips that row. No slot twice, except −1. */
  writeRows(pool: DeviceTensor, slots: Int32Array, rows: DeviceTensor): Promise<void>;
  /** The same slots in many pools (one a layer, keys and values) in one message. */
  writeRowsInto(slots: Int32Array, writes: readonly RowsInto[]): Promise<void>;
  /** Drops the compiled session; the program stays valid and is compiled again when it runs next. */
  release(program: Program): Promise<void>;
  /** Sessions and resident tensors now. */
  usage(): Promise<RuntimeUsage>;
  close(): Promise<void>;
}

export interface RuntimeUsage {
  readonly sessions: number;
  readonly tensors: number;
  readonly tensorBytes: number;
  /** Of these bytes, those in the memory of another device than the processor. */
  readonly deviceBytes: number;
}

export interface RuntimeOptions {
  readonly device?: Device;
  /** Threads for one kernel (default: the cores of the machine). */
  readonly threads?: number;
  /** Compiled sessions kept at once, the least recently used goes first (default 48). At rest one holds a few MB. */
  readonly maxSessions?: number;
}

/** What an adapter provides: the same calls with ids, checked by the caller. Calls take effect in the order made. */
export interface Executor {
  /** `largestBytes`: the largest tensor the model computes. */
  load(key: string, model: Uint8Array, largestBytes: number): Promise<void>;
  release(key: string): Promise<void>;
  /** Takes the tensor's array over. */
  upload(id: number, tensor: HostTensor): Promise<void>;
  download(id: number): Promise<HostTensor>;
  free(ids: readonly number[]): Promise<void>;
  run(call: RunCall): Promise<Readonly<Record<string, HostTensor>>>;
  writeRows(slots: Int32Array, writes: readonly { readonly pool: number; readonly rows: number }[]): Promise<void>;
  usage(): Promise<RuntimeUsage>;
  close(): Promise<void>;
}

export interface RunCall {
  readonly key: string;
  /** A number is the id of a resident tensor. */
  readonly inputs: Readonly<Record<string, HostTensor | number>>;
  /** Output name → id under which it stays. */
  readonly keep: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, TensorType>>;
}
