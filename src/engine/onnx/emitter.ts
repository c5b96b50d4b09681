/** Collects the ONNX nodes and constants of one model. Equal constants are written once. */
import { bytesOf, ContentHash } from "../hash.ts";
import { sizeOf } from "../shape.ts";
import type { DType, Shape, TensorData, Value } from "../value.ts";
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from "./encode.ts";

/** Execution providers. What "cpu" has kernels of its own for is written in plain operators for the others. */
export const DEVICES = ["cpu", "webgpu", "cuda"] as const;
export type Device = (typeof DEVICES)[number];

export interface NodeOptions {
  readonly domain?: string;
  readonly outputs?: number;
}

export class Emitter {
  readonly device: Device;
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  private readonly names = new Map<Value, string>();
  private readonly constantNames = new Map<string, string>();
  private readonly iotas = new Map<string, string>();
  private readonly results = new Map<string, readonly string[]>();
  /** What a transposed matrix was before. */
  private readonly upright = new Map<string, string>();
  private made = 0;

  constructor(device: Device) {
    this.device = device;
  }

  /** Name of the tensor of a value that was lowered before. */
  of(value: Value): string {
    const name = this.names.get(value);
    if (name === undefined) throw new Error(`${value.op} is used before it is lowered`);
    return name;
  }

  bind(value: Value, name: string): void {
    this.names.set(value, name);
  }

  /** One ONNX node with one output; its name. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = "",
  ): string {
    return this.node(type, inputs, attributes, { domain })[0] as string;
  }

  /** One ONNX node; an equal one made before is used again. */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    { domain = "", outputs = 1 }: NodeOptions = {},
  ): readonly string[] {
    const key = `${domain}.${type}(${inputs.join(" ")})${JSON.stringify(attributes)}${outputs}`;
    const known = this.results.get(key);
    if (known !== undefined) return known;
    const names = Array.from({ length: outputs }, () => this.fresh());
    this.nodes.push({ type, domain, inputs, outputs: names, attributes });
    this.results.set(key, names);
    return names;
  }

  constant(data: TensorData, shape: Shape, dtype: DType): string {
    return this.tensor(dtype, shape, bytesOf(data));
  }

  /** A float32 scalar. */
  float(x: number): string {
    return this.constant(Float32Array.of(x), [], "f32");
  }

  /** An int64 vector: shapes, axes, bounds. */
  longs(...values: readonly number[]): string {
    return this.longMatrix([values.length], values);
  }

  longMatrix(shape: Shape, values: ArrayLike<number>): string {
    // Written as pairs of 32-bit words (little-endian): BigInts take a hundred times as long.
    const words = new Int32Array(2 * values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      words[2 * i] = value;
      words[2 * i + 1] = value < 0 ? -1 : 0;
    }
    return this.tensor("i64", shape, bytesOf(words));
  }

  /** 0 … count − 1 in any shape of that size. */
  iota(shape: Shape, type: "i32" | "i64" = "i32"): string {
    const key = `${type} ${shape.join(",")}`;
    const known = this.iotas.get(key);
    if (known !== undefined) return known;
    const values = Int32Array.from({ length: sizeOf(shape) }, (_, i) => i);
    const name = type === "i32" ? this.constant(values, shape, "i32") : this.longMatrix(shape, values);
    this.iotas.set(key, name);
    return name;
  }

  reshape(name: string, shape: Shape): string {
    return this.op("Reshape", [name, this.longs(...shape)]);
  }

  /** Of a matrix; one that is a transpose gives what it was before. */
  transposed(name: string): string {
    const upright = this.upright.get(name);
    if (upright !== undefined) return upright;
    const transposed = this.op("Transpose", [name], { perm: { ints: [1, 0] } });
    this.upright.set(transposed, name);
    return transposed;
  }

  /**
   * An element-wise operation on matrices of one shape. Where all of them are transposes it is done on what they were before,
   * and its result is transposed: between two products that come out transposed, nothing is.
   */
  onMatrices(type: string, names: readonly string[], attributes = {}, domain = ""): string {
    const before = names.map((name) => this.upright.get(name));
    if (before.some((name) => name === undefined)) return this.op(type, names, attributes, domain);
    return this.transposed(this.op(type, before as string[], attributes, domain));
  }

  /** f32 zeros that are made at run time, not stored in the model. */
  zeros(shape: Shape): string {
    return this.op("ConstantOfShape", [this.longs(...shape)]);
  }

  private fresh(): string {
    return `%${this.made++}`;
  }

  private tensor(type: OnnxType, shape: Shape, bytes: Uint8Array): string {
    const key = `${type} ${shape.join(",")} ${new ContentHash().bytes(bytes).digest()}`;
    const known = this.constantNames.get(key);
    if (known !== undefined) return known;
    const name = `#${this.constants.length}`;
    this.constants.push({ name, type, shape, bytes });
    this.constantNames.set(key, name);
    return name;
  }
}
