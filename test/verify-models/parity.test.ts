import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../../src/engine/runtime/node.ts";
import type { Runtime } from "../../src/engine/runtime/runtime.ts";
import { goldenNames } from "./golden.ts";
import { BOUND, type Measured, measureModel } from "./measure.ts";
import { measureAdapters } from "./measure-adapters.ts";
import { normError } from "./norm-error.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

function expectParity({ greedy, ...errors }: Measured, wantedGreedy: boolean | null): void {
  for (const [what, error] of Object.entries(errors)) {
    expect(error, what).toBeLessThan(BOUND);
    // Exactly nothing would mean that nothing was compared.
    expect(error, what).toBeGreaterThan(0);
  }
  expect(greedy).toBe(wantedGreedy);
}

describe("a model of transformers, opened from its folder, has PyTorch's numbers", () => {
  const isAdapter = (name: string): boolean => name.endsWith("-lora");
  const [models, adapters] = [goldenNames().filter((name) => !isAdapter(name)), goldenNames().filter(isAdapter)];
  it.each(models)("%s: logits, log-probabilities, entropies, every gradient, greedy tokens", async (name) => {
    expectParity(await measureModel(runtime, name), true);
  });

  it.each(adapters)("%s: adapters of PEFT beside their model and merged into it", async (name) => {
    expectParity(await measureAdapters(runtime, name), null);
  });

  it("of every architecture", () => {
    expect(models).toEqual(
      "llama llama-bias llama-sharded-bf16 llama3 mistral mistral-window qwen2 qwen2-f16 qwen3".split(" "),
    );
    expect(adapters).toEqual(["llama-lora", "qwen2-lora"]);
  });
});

it("an error is infinite where there is nothing to compare, or not a number", () => {
  expect(normError([3, 4.5], [3, 4])).toBeCloseTo(0.1, 12);
  expect(normError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
  expect(normError([], [])).toBe(Number.POSITIVE_INFINITY);
  expect(normError([Number.NaN], [1])).toBe(Number.POSITIVE_INFINITY);
});
