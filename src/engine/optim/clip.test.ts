import { expect, it } from "vitest";
import { constant, input } from "../ops.ts";
import { openInlineRuntime } from "../runtime/node.ts";
import { clipByGlobalNorm, globalNorm } from "./clip.ts";

// √(3² + 4²) = 5; with a 12 in another tensor √(25 + 144) = 13.
it.each([
  { maxNorm: 2.6, scaled: [0.6, 0.8, 2.4] },
  { maxNorm: 100, scaled: [3, 4, 12] },
])("scales [3, 4] and [12], of norm 13, to at most $maxNorm", async ({ maxNorm, scaled }) => {
  const limit = input("limit", []);
  const { gradients, norm } = clipByGlobalNorm([constant([3, 4], [2]), constant([12], [1, 1])], limit);
  const [a, b] = gradients;
  if (a === undefined || b === undefined) throw new Error("two gradients were given");
  const runtime = await openInlineRuntime({ threads: 1 });
  const program = await runtime.compile({
    outputs: { a, b, norm, first: globalNorm([constant([3, 4], [2])]) },
  });
  const { host } = await runtime.run(program, {
    limit: { dtype: "f32", shape: [], data: Float32Array.of(maxNorm) },
  });
  expect(host["norm"]?.data[0]).toBeCloseTo(13, 5);
  expect(host["first"]?.data[0]).toBeCloseTo(5, 5);
  const found = [...(host["a"]?.data ?? []), ...(host["b"]?.data ?? [])];
  expect(found).toHaveLength(3);
  for (const [i, x] of found.entries()) expect(x).toBeCloseTo(scaled[i] ?? NaN, 5);
  await runtime.close();
});
