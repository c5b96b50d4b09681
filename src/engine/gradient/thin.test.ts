/** The thin products against the dense ones they stand for, written out in plain numbers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../std/random.ts";
import { gradients } from "../gradient.ts";
import { planGraph } from "../graph.ts";
import { input, logSumExp, matmul, mul, pick, softmax, sub, sum } from "../ops.ts";
import { openInlineRuntime } from "../runtime/node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { sizeOf } from "../shape.ts";

const [S, D, V] = [3, 2, 11];
const [x, w] = [input("x", [S, D]), input("w", [V, D])];
const [target, weight] = [input("target", [S], "i32"), input("weight", [S])];
const logits = matmul(x, w, { transposeB: true, alpha: 0.5 });
const logprobs = sub(pick(logits, target), logSumExp(logits));
const picked = sum(mul(logprobs, weight), [0]);
const entropy = sub(sum(logSumExp(logits), [0]), sum(mul(softmax(logits), logits), [0, 1]));

const random = randomStream(1, "thin");
const floats = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const data = {
  x: floats(S * D),
  w: floats(V * D),
  target: Int32Array.of(7, 0, 7),
  weight: Float32Array.of(1, -2, 0.5),
};

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 2 });
});
afterAll(() => runtime.close());

async function evaluate(loss: typeof picked): Promise<{ dx: number[]; dw: number[] }> {
  const [dx = loss, dw = loss] = gradients(loss, [x, w]);
  const program = await runtime.compile({ outputs: { dx, dw } });
  const all = {
    x: { dtype: "f32" as const, shape: [S, D], data: data.x },
    w: { dtype: "f32" as const, shape: [V, D], data: data.w },
    target: { dtype: "i32" as const, shape: [S], data: data.target },
    weight: { dtype: "f32" as const, shape: [S], data: data.weight },
  };
  const given = Object.entries(all).filter(([name]) => name in program.inputs);
  const { host } = await runtime.run(program, Object.fromEntries(given));
  return { dx: [...(host["dx"]?.data ?? [])], dw: [...(host["dw"]?.data ?? [])] };
}

/** d Σ weight · log softmax(x·wᵀ/2)[target] by the textbook: g = weight · (onehot − softmax). */
function expected(): { dx: number[]; dw: number[] } {
  const [dx, dw] = [new Float64Array(S * D), new Float64Array(V * D)];
  for (let s = 0; s < S; s++) {
    const z = Array.from({ length: V }, (_, v) => 0.5 * dot(s, v));
    const total = z.reduce((all, one) => all + Math.exp(one), 0);
    for (let v = 0; v < V; v++) {
      const hit = data.target[s] === v ? 1 : 0;
      const g = 0.5 * (data.weight[s] ?? 0) * (hit - Math.exp(z[v] ?? 0) / total);
      for (let d = 0; d < D; d++) {
        dx[s * D + d] = (dx[s * D + d] ?? 0) + g * (data.w[v * D + d] ?? 0);
        dw[v * D + d] = (dw[v * D + d] ?? 0) + g * (data.x[s * D + d] ?? 0);
      }
    }
  }
  return { dx: [...dx], dw: [...dw] };
}

function dot(s: number, v: number): number {
  return Array.from({ length: D }, (_, d) => (data.x[s * D + d] ?? 0) * (data.w[v * D + d] ?? 0)).reduce(
    (a, b) => a + b,
    0,
  );
}

describe("the gradient of picked log-probabilities", () => {
  it("is what the textbook says, rows with equal targets included", async () => {
    const [found, wanted] = [await evaluate(picked), expected()];
    for (const name of ["dx", "dw"] as const) {
      for (const [i, number] of wanted[name].entries()) expect(found[name][i]).toBeCloseTo(number, 6);
    }
  });

  it("writes nothing of the vocabulary's width but what the forward pass has", () => {
    const wide = (loss: typeof picked): number => {
      const [dx = loss, dw = loss] = gradients(loss, [x, w]);
      const { nodes } = planGraph({ outputs: { loss, dx, dw } });
      return nodes.filter(({ shape }) => sizeOf(shape) === S * V).length;
    };
    // Logits and softmax.
    expect(wide(picked)).toBe(2);
    // Entropy's gradient is dense: nothing to save there.
    expect(wide(entropy)).toBeGreaterThan(5);
  });
});
