/**
 * What an expression is: an immutable node with static shape and dtype. A graph is whatever is reachable from its
 * outputs. Invariant: shape and dtype were inferred and checked when the node was made (`ops.ts`), so later stages trust them.
 */

export type DType = "f32" | "i32" | "bool";
export type Shape = readonly number[];
/** f32: Float32Array, i32: Int32Array, bool: Uint8Array (0 or 1). */
export type TensorData = Float32Array | Int32Array | Uint8Array;

type None = readonly [];
type One = readonly [Value];
type Two = readonly [Value, Value];
type Three = readonly [Value, Value, Value];
type NoParams = Readonly<Record<never, never>>;

interface Op<Inputs extends readonly Value[], Params = NoParams> {
  readonly inputs: Inputs;
  readonly params: Readonly<Params>;
}

export interface MatmulParams {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

/** Every primitive operation with its operands and static parameters; axes are never negative here. */
export interface Ops {
  input: Op<None, { name: string }>;
  constant: Op<None, { data: TensorData }>;

  neg: Op<One>;
  exp: Op<One>;
  log: Op<One>;
  sqrt: Op<One>;
  abs: Op<One>;
  sign: Op<One>;
  sigmoid: Op<One>;
  tanh: Op<One>;
  sin: Op<One>;
  cos: Op<One>;
  reciprocal: Op<One>;
  floor: Op<One>;
  not: Op<One>;

  add: Op<Two>;
  sub: Op<Two>;
  mul: Op<Two>;
  div: Op<Two>;
  minimum: Op<Two>;
  maximum: Op<Two>;
  pow: Op<Two>;
  less: Op<Two>;
  lessEqual: Op<Two>;
  greater: Op<Two>;
  greaterEqual: Op<Two>;
  equal: Op<Two>;
  and: Op<Two>;
  or: Op<Two>;
  where: Op<Three>;
  cast: Op<One>;
  clamp: Op<One, { low: number; high: number; straightThrough: boolean }>;
  stopGradient: Op<One>;
  includes: Op<Two>;
  after: Op<Two>;

  matmul: Op<Two, MatmulParams>;

  reshape: Op<One>;
  transpose: Op<One, { perm: readonly number[] }>;
  broadcastTo: Op<One>;
  concat: Op<readonly Value[], { axis: number }>;
  slice: Op<One, { axis: number; start: number; end: number }>;
  pad: Op<One, { axis: number; before: number; after: number }>;

  sum: Op<One, { axes: readonly number[]; keepDims: boolean }>;
  max: Op<One, { axes: readonly number[]; keepDims: boolean }>;
  cumsum: Op<One, { axis: number; reverse: boolean }>;
  argmax: Op<One>;

  gatherRows: Op<Two>;
  scatterAddRows: Op<Two>;
  pick: Op<Two>;
  place: Op<Two>;

  softmax: Op<One>;
  logSumExp: Op<Two>;
  inverseRms: Op<One, { epsilon: number }>;
  rmsNorm: Op<Two, { epsilon: number }>;
  rotary: Op<Three>;
  swiGlu: Op<Two>;
}

export type OpName = keyof Ops;

/** A node of operation P. Compared by identity; equal expressions are merged when a graph is read (`graph.ts`). */
export interface ValueOf<P extends OpName> {
  readonly op: P;
  readonly inputs: Ops[P]["inputs"];
  readonly params: Ops[P]["params"];
  readonly shape: Shape;
  readonly dtype: DType;
}

export type Value = { [P in OpName]: ValueOf<P> }[OpName];

/** Where a number is welcome instead of a value; it takes the dtype of the other operand. */
export type Operand = Value | number;
