/** Runs one case of the op table on a runtime and compares it with golden/ops.json, or its gradient with the slope. */
import { gradients } from "../gradient.ts";
import { input, mul, sum } from "../ops.ts";
import type { HostTensor, Runtime } from "../runtime/runtime.ts";
import { newData } from "../shape.ts";
import type { DType, Value } from "../value.ts";
import type { OpCase } from "./op-cases.ts";

export interface GoldenTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | boolean)[];
}

export interface GoldenCase {
  readonly inputs: readonly GoldenTensor[];
  readonly output: GoldenTensor;
  readonly upstream?: GoldenTensor;
  readonly gradients?: readonly (GoldenTensor | null)[];
}

/** What differs from the golden numbers by more than the tolerance; empty if all is well. */
export async function compareWithGolden(
  runtime: Runtime,
  made: OpCase,
  golden: GoldenCase,
  tolerance: number,
): Promise<string[]> {
  const { outputs, feeds } = caseGraph(made, golden);
  const program = await runtime.compile({ outputs });
  const { host } = await runtime.run(program, pickInputs(program.inputs, feeds));
  const wanted: [string, GoldenTensor][] = [["y", golden.output]];
  for (const [i, gradient] of (golden.gradients ?? []).entries())
    if (gradient !== null) wanted.push([`d${i}`, gradient]);
  return wanted.flatMap(([name, tensor]) => {
    const found = host[name];
    if (found === undefined) return [`${name}: missing`];
    if (found.shape.join() !== tensor.shape.join() || found.dtype !== tensor.dtype) {
      return [`${name}: ${found.dtype}[${found.shape.join()}], not ${tensor.dtype}[${tensor.shape.join()}]`];
    }
    const error = relativeError(found.data, tensor.data.map(Number));
    return error <= tolerance ? [] : [`${name}: off by ${error.toExponential(1)} of the largest number`];
  });
}

/** The output, and the gradient of Σ output · upstream for every f32 input. */
function caseGraph(
  made: OpCase,
  golden: GoldenCase,
): { outputs: Record<string, Value>; feeds: Record<string, HostTensor> } {
  const inputs = golden.inputs.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype));
  const y = made.build(...inputs);
  const outputs: Record<string, Value> = { y };
  const feeds = Object.fromEntries(golden.inputs.map((tensor, i) => [`x${i}`, hostTensor(tensor)]));
  if (golden.upstream !== undefined) {
    const upstream = input("upstream", y.shape);
    const axes = y.shape.map((_, axis) => axis);
    const found = gradients(sum(mul(y, upstream), axes), inputs);
    for (const [i, { dtype }] of inputs.entries()) {
      const gradient = found[i];
      if (dtype === "f32" && gradient !== undefined) outputs[`d${i}`] = gradient;
    }
    feeds["upstream"] = hostTensor(golden.upstream);
  }
  return { outputs, feeds };
}

/** Largest difference between the gradients and central differences of Σ output · upstream, relative to the largest gradient. */
export async function compareWithSlopes(
  runtime: Runtime,
  made: OpCase,
  golden: GoldenCase,
  step: number,
): Promise<number> {
  const { outputs, feeds } = caseGraph(made, golden);
  const upstream = golden.upstream?.data.map(Number) ?? [];
  const backward = await runtime.compile({ outputs });
  const { host } = await runtime.run(backward, pickInputs(backward.inputs, feeds));
  const forward = await runtime.compile({
    outputs: { y: outputs["y"] as Value },
  });
  const loss = async (changed: Record<string, HostTensor>): Promise<number> => {
    const { host: out } = await runtime.run(forward, pickInputs(forward.inputs, changed));
    // Summed in double precision: the differences are small.
    return Array.from(out["y"]?.data ?? []).reduce((total, y, i) => total + y * (upstream[i] ?? 0), 0);
  };
  let worst = 0;
  for (const [i, tensor] of golden.inputs.entries()) {
    if (tensor.dtype !== "f32") continue;
    const slopes: number[] = [];
    for (let at = 0; at < tensor.data.length; at++) {
      const moved = (by: number): Record<string, HostTensor> => ({
        ...feeds,
        [`x${i}`]: nudged(tensor, at, by),
      });
      slopes.push(((await loss(moved(step))) - (await loss(moved(-step)))) / (2 * step));
    }
    worst = Math.max(worst, relativeError(host[`d${i}`]?.data ?? [], slopes));
  }
  return worst;
}

/** max |a − b| / max(1, max |b|); Infinity where one is not a number or the lengths differ. */
export function relativeError(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Infinity;
  let difference = 0;
  let scale = 1;
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [found[i] ?? NaN, wanted[i] ?? NaN];
    if (Object.is(a, b)) continue;
    difference = Number.isNaN(a - b) ? Infinity : Math.max(difference, Math.abs(a - b));
    scale = Math.max(scale, Math.abs(b));
  }
  return difference / scale;
}

function hostTensor({ dtype, shape, data }: GoldenTensor): HostTensor {
  return { dtype, shape, data: newData(dtype, data.map(Number)) };
}

function nudged(tensor: GoldenTensor, at: number, by: number): HostTensor {
  return hostTensor({
    ...tensor,
    data: tensor.data.map((x, i) => (i === at ? Number(x) + by : x)),
  });
}

/** A graph has no input that nothing depends on: those are left out. */
function pickInputs(
  wanted: Readonly<Record<string, unknown>>,
  feeds: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => name in wanted));
}
