import { expect, it } from "vitest";
import type { Plan } from "../train/plan/plan.ts";
import { renderPlan } from "./plan-text.ts";

const MIB = 2 ** 20;
const PLAN: Plan = {
  model: "m: llama, 2 layers, width 8, vocabulary 100",
  missing: "m has no weights yet",
  parameters: [
    { part: "mlp", parameters: 1_000_000, trained: 0 },
    { part: "adapters", parameters: 2000, trained: 2000 },
  ],
  memory: {
    recompute: true,
    reason: "keeping all layers would take 9.00 GiB of 2.00 GiB",
    moments: [
      {
        moment: "training",
        parts: [
          { part: "weights", bytes: 512 * MIB },
          { part: "logits", bytes: 1024 * MIB },
        ],
        bytes: 1536 * MIB,
      },
      { moment: "sampling", parts: [{ part: "weights", bytes: 512 * MIB }], bytes: 512 * MIB },
    ],
    limit: { bytes: 2048 * MIB, source: "policy.memoryGiB" },
    fits: true,
  },
  checkpointBytes: 24_000,
  lengths: {
    typical: { prompt: 5, path: 50, written: 20 },
    most: { prompt: 0, path: 100, written: 100 },
    source: "half of the task's limit",
  },
  probe: null,
  time: null,
};

it("shows parameters, memory by part at each moment, the choice and the verdict", () => {
  expect(renderPlan(PLAN)).toMatchInlineSnapshot(`
    "m: llama, 2 layers, width 8, vocabulary 100
    note: m has no weights yet

    parameters                                     all         trained
      mlp                                    1,000,000               0
      adapters                                   2,000           2,000
      total                                  1,002,000           2,000

    memory, at the worst of                   training        sampling
      weights                                  512 MiB         512 MiB
      logits                                  1.00 GiB               –
      total                                   1.50 GiB         512 MiB
    layers are computed again in the backward pass: keeping all layers would take 9.00 GiB of 2.00 GiB
    a checkpoint takes 0 MiB on the disk

    no speeds were measured

    fits: about 1.50 GiB of 2.00 GiB (policy.memoryGiB)"
  `);
});

it("shows speeds and times where they were measured", () => {
  const probe = {
    training: 200,
    sampling: 400,
    optimizerStepSeconds: 1.5,
    microBatchTokens: 2048,
    sampledRows: 16,
    seconds: 30,
    peakRssMiB: 1500,
  };
  const estimate = (seconds: number) => ({
    rows: [{ what: "updates" as const, times: 10, tokens: 4000, seconds }],
    seconds,
  });
  const text = renderPlan({ ...PLAN, probe, time: { typical: estimate(90), most: estimate(4000) } });
  expect(text.split("\n").slice(-8, -2)).toMatchInlineSnapshot(`
    [
      "",
      "measured in 30 s with random weights: training 200 tokens/s (2,048 a micro-batch), drawing 400 tokens/s in 16 rows, an optimiser step 1.5 s; peak 1,500 MiB",
      "time                                         times          tokens         typical         at most",
      "  updates                                       10           4,000      1 min 30 s      1 h 06 min",
      "  total                                                                 1 min 30 s      1 h 06 min",
      "typical: paths of 50 tokens (half of the task's limit); at most: of 100, the limit",
    ]
  `);
});

it("says what does not fit, and what is not known", () => {
  const { memory } = PLAN;
  const last = (changes: object): string | undefined =>
    renderPlan({ ...PLAN, memory: { ...memory, ...changes } })
      .split("\n")
      .at(-1);
  expect(last({ fits: false })).toBe("does not fit: about 1.50 GiB of 2.00 GiB (policy.memoryGiB)");
  expect(last({ limit: null })).toBe("needs about 1.50 GiB; the memory of the device is not known");
});
