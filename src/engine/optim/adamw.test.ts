import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { input } from "../ops.ts";
import { openInlineRuntime } from "../runtime/node.ts";
import type { HostTensor } from "../runtime/runtime.ts";
import { relativeError } from "../testing/check-op.ts";
import type { Value } from "../value.ts";
import { type AdamWScalars, adamwScalars, adamwUpdate } from "./adamw.ts";
import { clipByGlobalNorm } from "./clip.ts";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
const golden: {
  adamw: {
    start: Tensor[];
    steps: { gradients: Tensor[]; norm: number; parameters: Tensor[] }[];
  };
} = JSON.parse(readFileSync(new URL("../../../golden/ops.json", import.meta.url), "utf8"));

// The options of golden/ops.py.
const options = {
  learningRate: 0.02,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
};

it("takes PyTorch's five steps, clipped to a global norm of 1", async () => {
  const { start, steps } = golden.adamw;
  const names = Object.keys(adamwScalars(options, 1)) as (keyof AdamWScalars<number>)[];
  const scalars = Object.fromEntries(names.map((name) => [name, input(name, [])])) as unknown as AdamWScalars<Value>;
  const raw = start.map(({ shape }, i) => input(`g${i}`, shape));
  const clipped = clipByGlobalNorm(raw, 1);
  const outputs: Record<string, Value> = { norm: clipped.norm };
  for (const [i, { shape }] of start.entries()) {
    const state = {
      parameter: input(`p${i}`, shape),
      first: input(`m${i}`, shape),
      second: input(`v${i}`, shape),
    };
    const updated = adamwUpdate(state, clipped.gradients[i] as Value, scalars);
    outputs[`p${i}`] = updated.parameter;
    outputs[`m${i}`] = updated.first;
    outputs[`v${i}`] = updated.second;
  }
  const runtime = await openInlineRuntime({ threads: 1 });
  const program = await runtime.compile({ outputs });
  let state: Record<string, HostTensor> = {};
  for (const [i, tensor] of start.entries()) {
    state[`p${i}`] = host(tensor);
    state[`m${i}`] = state[`v${i}`] = host({
      shape: tensor.shape,
      data: tensor.data.map(() => 0),
    });
  }
  for (const [index, step] of steps.entries()) {
    const numbers = Object.entries(adamwScalars(options, index + 1)).map(([name, x]) => [
      name,
      host({ shape: [], data: [x] }),
    ]);
    const gradients = step.gradients.map((gradient, i) => [`g${i}`, host(gradient)]);
    const result = await runtime.run(program, {
      ...state,
      ...Object.fromEntries([...numbers, ...gradients]),
    });
    const { norm, ...next } = result.host;
    state = next;
    expect(relativeError(norm?.data ?? [], [step.norm])).toBeLessThan(1e-6);
    for (const [i, wanted] of step.parameters.entries()) {
      expect(relativeError(state[`p${i}`]?.data ?? [], wanted.data)).toBeLessThan(1e-6);
    }
  }
  await runtime.close();
});

function host({ shape, data }: Tensor): HostTensor {
  return { dtype: "f32", shape, data: Float32Array.from(data) };
}
