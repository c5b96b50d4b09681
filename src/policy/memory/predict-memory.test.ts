import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../../test/support/thrown.ts";
import { modelConfigSchema } from "../config.ts";
import { loraSchema } from "../lora.ts";
import { parameterCount } from "../parameters.ts";
import { checkFits, chooseRecompute } from "./choose-recompute.ts";
import { parameterParts } from "./parameter-parts.ts";
import { type MemoryNeeds, predictMemory } from "./predict-memory.ts";

/** SmolLM2-135M. */
const REAL = modelConfigSchema.parse({
  model_type: "llama",
  vocab_size: 49_152,
  hidden_size: 576,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  head_dim: 64,
  intermediate_size: 1536,
  max_position_embeddings: 8192,
});
const LORA = loraSchema.parse({});
const needs = (changes: Partial<MemoryNeeds> = {}): MemoryNeeds => ({
  config: REAL,
  lora: null,
  recompute: false,
  microBatchTokens: 2048,
  sequenceTokens: 512,
  sampling: null,
  ...changes,
});
const peakMiB = (changes: Partial<MemoryNeeds>): number => (predictMemory(needs(changes))[0]?.bytes ?? 0) / 2 ** 20;

describe("parameters by part", () => {
  it("add up to the model; with adapters only these are trained", () => {
    const full = parameterParts(REAL, null);
    expect(full.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(parameterCount(REAL));
    // The published size of SmolLM2-135M.
    expect(parameterCount(REAL)).toBe(134_515_008);
    const adapted = parameterParts(REAL, LORA);
    expect(adapted.filter(({ trained }) => trained > 0).map(({ part }) => part)).toEqual(["adapters"]);
    // r · (in + out) of each projection: q, k, v, o, gate, up, down.
    const inAndOut = 2 * (576 + 576) + 2 * (576 + 192) + 3 * (576 + 1536);
    expect(adapted.at(-1)?.parameters).toBe(30 * 16 * inAndOut);
  });
});

describe("predicted peaks", () => {
  // `npm run bench:memory` on 2 cores of Linux: the highest resident memory of two rounds of accumulate and step.
  it.each([
    [7589, {}],
    [4245, { recompute: true }],
    [6161, { lora: LORA }],
    [5564, { microBatchTokens: 1024, sequenceTokens: 256, sampling: { slots: 16, cacheTokens: 8192 } }],
    [4007, { microBatchTokens: 1024, sequenceTokens: 256, sampling: { slots: 16, cacheTokens: 8192 }, lora: LORA }],
  ])("are within 20 %% of %d MiB measured with %j", (measured, changes) => {
    expect(peakMiB(changes) / measured).toBeGreaterThan(0.8);
    expect(peakMiB(changes) / measured).toBeLessThan(1.2);
  });

  it("grow with the tokens of a micro-batch, and shrink where layers are recomputed", () => {
    expect(peakMiB({ microBatchTokens: 4096 })).toBeGreaterThan(1.5 * peakMiB({ microBatchTokens: 2048 }));
    expect(peakMiB({ lora: LORA, recompute: true })).toBeLessThan(0.5 * peakMiB({ lora: LORA }));
  });

  it("list every part of every moment", () => {
    const moments = predictMemory(needs({ lora: LORA, sampling: { slots: 4, cacheTokens: 1024 } }));
    expect(moments.map(({ moment }) => moment).sort()).toEqual(["optimiser step", "sampling", "training"]);
    for (const { parts, bytes } of moments) {
      expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes);
      expect(parts.every((part) => part.bytes >= 0)).toBe(true);
      // Keys and values of 30 layers, 1,024 tokens of 3 heads of 64 floats.
      expect(parts.find(({ part }) => part === "key/value cache")?.bytes).toBe(2 * 30 * 1024 * 3 * 64 * 4);
    }
  });
});

describe("a reference policy", () => {
  const bytesOf = (changes: Partial<MemoryNeeds>): (number | undefined)[] =>
    predictMemory(needs(changes)).map(({ parts }) => parts.find(({ part }) => part === "reference policy")?.bytes);

  it("B-RPP: takes the weights once more where a method has one, and nothing where it has none", () => {
    const weights = (changes: Partial<MemoryNeeds>, name: string): number | undefined =>
      predictMemory(needs(changes))
        .find(({ moment }) => moment === "training")
        ?.parts.find(({ part }) => part === name)?.bytes;
    expect(bytesOf({ reference: true })).toEqual([1, 2].map(() => weights({}, "weights")));
    const adapted = { lora: LORA, reference: true };
    expect(bytesOf(adapted)).toEqual([1, 2].map(() => weights(adapted, "weights with adapters merged in")));
    expect(bytesOf({})).toEqual([undefined, undefined]);
  });
});

describe("the choice", () => {
  const limit = (gibibytes: number) => ({ bytes: gibibytes * 2 ** 30, source: "policy.memoryGiB" });

  it("recomputes with adapters inside 6 GiB, keeps all layers in full inside 8 GiB, and says why", () => {
    const adapters = chooseRecompute(needs({ lora: LORA }), "auto", limit(6));
    expect([adapters.recompute, adapters.fits]).toEqual([true, true]);
    expect(adapters.reason).toMatch(/^keeping all layers would take 6\.\d\d GiB of 6\.00 GiB$/);
    const full = chooseRecompute(needs(), "auto", limit(8));
    expect([full.recompute, full.fits, full.reason]).toEqual([false, true, "all layers fit in memory"]);
    expect(chooseRecompute(needs(), "auto", limit(6)).recompute).toBe(true);
    expect(chooseRecompute(needs(), "always", limit(64)).recompute).toBe(true);
    expect(chooseRecompute(needs(), "never", limit(4)).fits).toBe(false);
    expect(chooseRecompute(needs(), "auto", null).recompute).toBe(false);
  });

  it("refuses what does not fit even so, with what takes the memory and what takes less", () => {
    const refusal = (changes: Partial<MemoryNeeds>, setting: "auto" | "never", gibibytes: number): string =>
      thrownMessage(() => checkFits(needs(changes), chooseRecompute(needs(changes), setting, limit(gibibytes))));
    expect(refusal({}, "never", 6)).toMatch(
      /^training would take about 7\.\d\d GiB of memory\n {2}expected: at most 6\.00 GiB \(policy\.memoryGiB\)\n {2}found: weights 513 MiB, zeros 116 MiB, gradients 513 MiB, optimiser moments 1\.00 GiB, activations 3\.\d\d GiB, logits 768 MiB, engine and allocator 1\.\d\d GiB\n {2}to fix: set policy\.recompute to always; lower policy\.microBatchTokens \(2048\); train adapters \(policy\.lora: \{\}\); free memory, or allow more with policy\.memoryGiB$/,
    );
    expect(refusal({ lora: LORA, sampling: { slots: 64, cacheTokens: 32_768 } }, "auto", 2)).toMatch(
      /to fix: lower policy\.cacheTokens \(32768\) or policy\.slots \(64\); free memory, or allow more/,
    );
    expect(refusal({}, "auto", 8)).toBe("nothing was thrown");
  });
});
