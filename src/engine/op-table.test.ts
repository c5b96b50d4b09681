import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "./runtime/node.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { compareWithGolden, compareWithSlopes, type GoldenCase } from "./testing/check-op.ts";
import { allOpCases } from "./testing/op-cases.ts";

const golden: { cases: Readonly<Record<string, GoldenCase>> } = JSON.parse(
  readFileSync(new URL("../../golden/ops.json", import.meta.url), "utf8"),
);
const cases = [...allOpCases()].map(([name, made]) => ({
  name,
  made,
  numbers: golden.cases[name] as GoldenCase,
}));

describe("every operation, on the CPU", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openInlineRuntime({ threads: 1 });
  });
  afterAll(() => runtime.close());

  it("has PyTorch's numbers for every case, and no others", () => {
    expect(Object.keys(golden.cases).sort()).toEqual(cases.map(({ name }) => name).sort());
  });

  // 2e-6 is 17 units in the last place of the largest number: float32 sums in another order.
  it.each(cases)("$name: value and gradients are PyTorch's", async ({ made, numbers }) => {
    expect(await compareWithGolden(runtime, made, numbers, 2e-6)).toEqual([]);
  });

  // Central differences with step 5e-3: about 2e-5 from rounding, 1e-4 from curvature.
  it.each(cases.filter(({ made }) => made.slope))("$name: the gradient is the slope", async ({ made, numbers }) => {
    expect(await compareWithSlopes(runtime, made, numbers, 5e-3)).toBeLessThan(1e-3);
  });
});
