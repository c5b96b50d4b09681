import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { input } from "../engine/ops.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { inverseCdf, LAST_UNIFORM } from "./inverse-cdf.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

async function draw(probabilities: readonly (readonly number[])[], uniforms: readonly number[]): Promise<number[]> {
  const [B, V] = [probabilities.length, probabilities[0]?.length ?? 0];
  const ids_B = inverseCdf(input("p", [B, V]), input("u", [B]));
  const program = await runtime.compile({ outputs: { ids_B } });
  const { host } = await runtime.run(program, {
    p: { dtype: "f32", shape: [B, V], data: Float32Array.from(probabilities.flat()) },
    u: { dtype: "f32", shape: [B], data: Float32Array.from(uniforms) },
  });
  return [...(host["ids_B"]?.data ?? [])];
}

/** In double precision, token by token. */
function expected(probabilities: readonly number[], uniform: number): number {
  const threshold = uniform * probabilities.reduce((sum, p) => sum + p, 0);
  let upTo = 0;
  return probabilities.findIndex((p) => (upTo += p) > threshold);
}

describe("drawing by the inverse cumulative distribution", () => {
  it.each([1, 2, 7, 64, 70, 1000])("gives every token of %i its share of the uniforms", async (V) => {
    // Multiples of powers of two: everything is exact in both precisions.
    const weights = Array.from({ length: V }, (_, v) => (v === V - 1 ? 1 : ([0, 0.25, 0.5, 1][(v * 7 + V) % 4] ?? 0)));
    const uniforms = Array.from({ length: 64 }, (_, i) => i / 64);
    const ids = await draw(
      uniforms.map(() => weights),
      uniforms,
    );
    expect(ids).toEqual(uniforms.map((uniform) => expected(weights, uniform)));
  });

  it("never draws a token of probability 0, whatever the rounding", async () => {
    const probability = fc.oneof(fc.constant(0), fc.double({ min: 1e-30, max: 1, noNaN: true }));
    const uniform = fc.oneof(fc.constantFrom(0, LAST_UNIFORM), fc.double({ min: 0, max: LAST_UNIFORM, noNaN: true }));
    const distribution = fc.array(probability, { minLength: 90, maxLength: 90 }).filter((p) => p.some((x) => x > 0));
    const row = fc.tuple(distribution, uniform);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 8, maxLength: 8 }), async (rows) => {
        const ids = await draw(
          rows.map(([p]) => p),
          rows.map(([, u]) => u),
        );
        for (const [b, id] of ids.entries()) expect(rows[b]?.[0][id]).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});
