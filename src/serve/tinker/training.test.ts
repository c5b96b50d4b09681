import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EmbeddedPolicy } from "../../policy/embedded.ts";
import type { LossTree } from "../../policy/policy.ts";
import { LOSSES } from "./losses.ts";
import { datumJson, type JsonClient, jsonClient } from "./testing/json-client.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];
const ADAM = { learning_rate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.01, grad_clip_norm: 0 };

let tiny: TinyTinker;
let client: JsonClient;

beforeAll(async () => {
  tiny = await tinyTinker();
  client = jsonClient((await tiny.start()).url, TINY_NAME);
});
afterAll(() => tiny.close());

describe("training over the protocol", () => {
  it("gives the numbers of the embedded engine: losses and log-probabilities, step by step", async () => {
    const { model } = await client.model();
    const policy: EmbeddedPolicy = await tiny.base.adapt(
      { rank: 4, alpha: 32, targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] },
      7,
    );
    const tree: LossTree = {
      ids: Int32Array.from(TOKENS),
      parents: Int32Array.from(TOKENS, (_, i) => i - 1),
      paths: [
        {
          leaf: 7,
          tokens: Int32Array.from({ length: 7 }, (_, i) => i + 1),
          oldLogprobs: new Float32Array(7),
          advantages: new Float32Array(7),
          weights: new Float32Array(7).fill(1),
        },
      ],
    };
    for (let step = 0; step < 3; step++) {
      const passed = await client.call("/forward_backward", {
        model_id: model,
        forward_backward_input: { data: [datumJson(TOKENS)], loss_fn: "cross_entropy" },
      });
      const stepped = await client.call("/optim_step", { model_id: model, adam_params: ADAM });
      const report = await policy.accumulate([tree], LOSSES.cross_entropy.loss, 1);
      const { gradientNorm } = await policy.step({
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0.01,
        maxGradientNorm: Number.POSITIVE_INFINITY,
      });
      expect(passed.body.loss_fn_outputs[0].logprobs.data).toEqual(Array.from(report.logprobs[0] ?? []));
      expect(passed.body.metrics["loss:sum"]).toBeCloseTo(report.loss, 4);
      expect(stepped.body.metrics["skyrl.ai/grad_norm"]).toBe(gradientNorm);
    }
    await policy.dispose();
  });
});
