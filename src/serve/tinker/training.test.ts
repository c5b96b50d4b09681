import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { passToProtobuf } from "../../protocol/protobuf/pass-protobuf.ts";
import { forwardResultFromProtobuf } from "../../protocol/protobuf/forward-protobuf.ts";
import { loraSchema } from "../../policy/lora.ts";
import { LOSSES } from "./losses.ts";
import { type Answer, type DatumArrays, datumJson, type JsonClient, jsonClient } from "./testing/json-client.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

const LONG = [3, 1, 4, 1, 5, 9, 2, 6];
const SHORT = [2, 7, 1, 8];
const ADAM = { learning_rate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.01, grad_clip_norm: 0.5 };
const ones = (tokens: readonly number[], x = 1): number[] => tokens.slice(1).map(() => x);

let tiny: TinyTinker;
let sum: JsonClient;
let mean: JsonClient;
let url: string;

beforeAll(async () => {
  tiny = await tinyTinker({ inline: true });
  url = (await tiny.start()).url;
  sum = jsonClient(url, TINY_NAME);
  mean = jsonClient((await tiny.start({ reduction: "mean" })).url, TINY_NAME);
});
afterAll(() => tiny.close());

function pass(
  client: JsonClient,
  model: string,
  data: readonly object[],
  loss: string,
  more: object = {},
): Promise<Answer> {
  const input = { data, loss_fn: loss, ...more };
  return client.call("/forward_backward", { model_id: model, forward_backward_input: input });
}

/** The norm that a step reports, without moving anything. */
async function norm(client: JsonClient, model: string, ...requests: readonly (readonly object[])[]): Promise<number> {
  for (const data of requests) await pass(client, model, data, "cross_entropy");
  const step = await client.call("/optim_step", { model_id: model, adam_params: { learning_rate: 0 } });
  return step.body.metrics["skyrl.ai/grad_norm"];
}

describe("passes and steps", () => {
  it("give the numbers of the embedded engine, bit for bit, with every field of Adam", async () => {
    const { model } = await sum.model();
    const policy = await tiny.base.adapt(loraSchema.parse({ rank: 4, alpha: 32 }), 7);
    const count = LONG.length - 1;
    const path = {
      leaf: count,
      tokens: Int32Array.from({ length: count }, (_, i) => i + 1),
      oldLogprobs: new Float32Array(count),
      advantages: new Float32Array(count),
      weights: new Float32Array(count).fill(1),
    };
    const tree = { ids: Int32Array.from(LONG), parents: Int32Array.from(LONG, (_, i) => i - 1), paths: [path] };
    for (let step = 0; step < 3; step++) {
      const passed = await pass(sum, model, [datumJson(LONG)], "cross_entropy");
      const stepped = await sum.call("/optim_step", { model_id: model, adam_params: ADAM });
      const report = await policy.accumulate([tree], LOSSES.cross_entropy.loss, 1);
      const { gradientNorm } = await policy.step({
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weightDecay: 0.01,
        maxGradientNorm: 0.5,
      });
      expect(passed.body.loss_fn_outputs[0].logprobs.data).toEqual(Array.from(report.logprobs[0] ?? []));
      expect(passed.body.metrics["loss:sum"]).toBeCloseTo(report.loss, 4);
      expect(stepped.body.metrics).toEqual({
        "skyrl.ai/grad_norm": gradientNorm,
        "aepo/gradient_norm": gradientNorm,
        "skyrl.ai/learning_rate": 0.01,
        "aepo/datums": 1,
      });
    }
    await policy.dispose();
  });

  it("take targets that are not the next tokens: any token at any place", async () => {
    const { model } = await sum.model();
    const target_tokens = { data: [9, 4, 8, 5, 9, 11, 6], dtype: "int64", shape: [7] };
    const odd = { ...datumJson(LONG), loss_fn_inputs: { target_tokens } };
    const { body } = await pass(sum, model, [odd], "cross_entropy");
    const found: number[] = body.loss_fn_outputs[0].logprobs.data;
    const policy = await tiny.base.adapt(loraSchema.parse({ rank: 4, alpha: 32 }), 7);
    for (const [i, target] of target_tokens.data.entries()) {
      const [score] = await policy.score([{ ids: [...LONG.slice(0, i + 1), target], temperature: 1 }]);
      expect(found[i]).toBeCloseTo(score?.logprobs.at(-1) ?? Number.NaN, 5);
    }
    await policy.dispose();
  });

  it("weigh ratios as each loss says, above, between and below the thresholds", async () => {
    const { model } = await sum.model();
    const forward = { data: [datumJson(LONG)], loss_fn: "cross_entropy" };
    const { body } = await sum.call("/forward", { model_id: model, forward_input: forward });
    const now: number[] = body.loss_fn_outputs[0].logprobs.data;
    const ratio = [0.5, 0.9, 1, 1.1, 1.5, 0.5, 1.5];
    const logprobs = now.map((x, i) => x - Math.log(ratio[i] ?? 1));
    const advantages = [1, 1, -1, -1, 1, -1, -1];
    const weights = [1, 2, 1, 1, 0.5, 1, 1];
    const clipped = (r: number): number => Math.min(Math.max(r, 0.7), 1.3);
    const wanted: Readonly<Record<string, (r: number, A: number, lp: number) => number>> = {
      importance_sampling: (r, A) => -r * A,
      ppo: (r, A) => -Math.min(r * A, clipped(r) * A),
      cispo: (r, A, lp) => -clipped(r) * A * lp,
    };
    for (const [loss, of] of Object.entries(wanted)) {
      const config = loss === "importance_sampling" ? {} : { clip_low_threshold: 0.7, clip_high_threshold: 1.3 };
      const datum = datumJson(LONG, { weights, logprobs, advantages });
      const found = (await pass(sum, model, [datum], loss, { loss_fn_config: config })).body;
      const losses: number[] = found.loss_fn_outputs[0].elementwise_loss.data;
      for (const [i, x] of losses.entries()) {
        expect(x).toBeCloseTo((weights[i] ?? 0) * of(ratio[i] ?? 1, advantages[i] ?? 0, now[i] ?? 0), 4);
      }
      expect(found.metrics["loss:sum"]).toBeCloseTo(
        losses.reduce((a, b) => a + b, 0),
        4,
      );
    }
  });

  it("train as the coefficient of each token says: clipped tokens of ppo not at all, of cispo as at the threshold", async () => {
    const trained = async (loss: string, arrays: DatumArrays, config: object): Promise<number[]> => {
      const { model } = await sum.model();
      await pass(sum, model, [datumJson(LONG, arrays)], loss, { loss_fn_config: config });
      await sum.call("/optim_step", { model_id: model, adam_params: { ...ADAM, learning_rate: 0.05 } });
      const input = { data: [datumJson(LONG)], loss_fn: "cross_entropy" };
      return (await sum.call("/forward", { model_id: model, forward_input: input })).body.loss_fn_outputs[0].logprobs
        .data;
    };
    const now = await trained("cross_entropy", { weights: ones(LONG, 0) }, {});
    const ratio = [0.5, 0.9, 1, 1.1, 1.5, 0.5, 1.5];
    const advantages = [1, 1, -1, -1, 1, -1, -1];
    const logprobs = now.map((x, i) => x - Math.log(ratio[i] ?? 1));
    const config = { clip_low_threshold: 0.7, clip_high_threshold: 1.3 };
    const coefficients: Readonly<Record<string, (r: number, A: number) => number>> = {
      importance_sampling: (r, A) => r * A,
      ppo: (r, A) => ((A > 0 ? r < 1.3 : r > 0.7) ? r * A : 0),
      cispo: (r, A) => Math.min(Math.max(r, 0.7), 1.3) * A,
    };
    for (const [loss, of] of Object.entries(coefficients)) {
      const weights = ratio.map((r, i) => of(r, advantages[i] ?? 0));
      const found = await trained(loss, { logprobs, advantages }, loss === "importance_sampling" ? {} : config);
      const wanted = await trained("cross_entropy", { weights }, {});
      expect(Math.max(...wanted.map((x, i) => Math.abs(x - (now[i] ?? 0))))).toBeGreaterThan(1e-3);
      for (const [i, x] of found.entries()) expect(x).toBeCloseTo(wanted[i] ?? Number.NaN, 4);
    }
  });
});

describe("reductions", () => {
  it("sum: twice the weight, or the datum twice, is twice the gradient", async () => {
    const { model } = await sum.model();
    const once = await norm(sum, model, [datumJson(LONG)]);
    expect(await norm(sum, model, [datumJson(LONG, { weights: ones(LONG, 2) })])).toBeCloseTo(2 * once, 4);
    expect(await norm(sum, model, [datumJson(LONG)], [datumJson(LONG)])).toBeCloseTo(2 * once, 4);
    const opposed = ones(LONG).map((_, i) => (i === 0 ? 1 : i === 1 ? -1 : 0));
    expect(await norm(sum, model, [datumJson(LONG, { weights: opposed })])).toBeLessThan(10 * once);
  });

  it("mean, as SkyRL on JAX: of a sequence's weights, and of all sequences since the last step", async () => {
    const { model } = await mean.model();
    const [long, short] = [datumJson(LONG), datumJson(SHORT)];
    const once = await norm(mean, model, [long]);
    expect(await norm(mean, model, [datumJson(LONG, { weights: ones(LONG, 2) })])).toBeCloseTo(once, 4);
    expect(await norm(mean, model, [long, long])).toBeCloseTo(once, 4);
    expect(await norm(mean, model, [long], [long])).toBeCloseTo(once, 4);
    expect(await norm(mean, model, [long, short])).toBeCloseTo(await norm(mean, model, [long], [short]), 4);
    const nothing = datumJson(LONG, { weights: ones(LONG, 0) });
    expect(await norm(mean, model, [long, ...Array.from({ length: 7 }, () => nothing)])).toBeCloseTo(once / 8, 5);
    await pass(mean, model, [long], "cross_entropy");
    await mean.call("/forward", { model_id: model, forward_input: { data: [short, short], loss_fn: "cross_entropy" } });
    expect(await norm(mean, model)).toBeCloseTo(once, 4);
    expect((await norm(mean, model, [datumJson(LONG, { weights: ones(LONG, -1) })])) / (once * 7 * 1e9)).toBeCloseTo(
      1,
      3,
    );
  });

  it("mean: coefficients times the divisors are the plain sum", async () => {
    const [summing, averaging] = [(await sum.model()).model, (await mean.model()).model];
    const coefficients = [LONG, SHORT].map((tokens) => tokens.slice(1).map((id) => (id % 3) - 1));
    const data = (scaled: boolean): object[] =>
      [LONG, SHORT].map((tokens, i) => {
        const scale = scaled ? 2 * (tokens.length - 1) : 1;
        return datumJson(tokens, { advantages: (coefficients[i] ?? []).map((c) => c * scale) });
      });
    const pinned = { loss_fn_config: { clip_low_threshold: 1, clip_high_threshold: 1 } };
    await pass(sum, summing, data(false), "cispo", pinned);
    await pass(mean, averaging, data(true), "cispo", pinned);
    expect(await norm(mean, averaging)).toBeCloseTo(await norm(sum, summing), 4);
  });
});

describe("order and repetition", () => {
  it("requests take effect as they were submitted, whoever waits for what", async () => {
    const [patient, hasty] = [(await sum.model()).model, (await sum.model()).model];
    const step = { learning_rate: 0.02 };
    for (let i = 0; i < 3; i++) {
      await pass(sum, patient, [datumJson(LONG)], "cross_entropy");
      await sum.call("/optim_step", { model_id: patient, adam_params: step });
    }
    const submitted: Answer[] = [];
    for (let i = 0; i < 3; i++) {
      const input = { data: [datumJson(LONG)], loss_fn: "cross_entropy" };
      submitted.push(await sum.post("/forward_backward", { model_id: hasty, forward_backward_input: input }));
      submitted.push(await sum.post("/optim_step", { model_id: hasty, adam_params: step }));
    }
    await Promise.all(submitted.toReversed().map((one) => sum.result(one)));
    const forward = { data: [datumJson(LONG)], loss_fn: "cross_entropy" };
    const [a, b] = [
      await sum.call("/forward", { model_id: patient, forward_input: forward }),
      await sum.call("/forward", { model_id: hasty, forward_input: forward }),
    ];
    expect(b.body).toEqual(a.body);
  });

  it("the same request under its number is the same future; another is refused", async () => {
    const { model } = await sum.model();
    const body = { model_id: model, seq_id: 1, adam_params: { learning_rate: 0.01 } };
    const [first, again] = [await sum.post("/optim_step", body), await sum.post("/optim_step", body)];
    expect(again.body).toEqual(first.body);
    const other = await sum.post("/optim_step", { ...body, adam_params: { learning_rate: 0.02 } });
    expect(other).toEqual({ status: 409, body: { detail: "Training request sequence number was reused" } });
    const input = { data: [datumJson(LONG)], loss_fn: "cross_entropy" };
    expect((await sum.post("/forward", { model_id: model, seq_id: 1, forward_input: input })).status).toBe(409);
    expect((await sum.result(first)).body.metrics["aepo/datums"]).toBe(0);
  });
});

describe("protobuf", () => {
  it("is read and written with the numbers of JSON", async () => {
    const { model } = await sum.model();
    const request = {
      modelId: model,
      seqId: 1,
      data: [{ tokens: LONG.slice(0, -1), targetTokens: LONG.slice(1) }],
      loss: "cross_entropy",
      config: {},
      forwardOnly: true,
    };
    const headers = { "content-type": "application/x-protobuf" };
    const body = passToProtobuf(request);
    const submitted = await fetch(`${url}/api/v1/forward_backward`, { method: "POST", headers, body });
    const { request_id } = (await submitted.json()) as { request_id: string };
    const answered = await fetch(`${url}/api/v1/retrieve_future`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/x-protobuf" },
      body: JSON.stringify({ request_id }),
    });
    expect(answered.headers.get("content-type")).toBe("application/x-protobuf");
    const found = forwardResultFromProtobuf(new Uint8Array(await answered.arrayBuffer()));
    const input = { data: [datumJson(LONG)], loss_fn: "cross_entropy" };
    const json = await sum.call("/forward", { model_id: model, forward_input: input });
    expect(Array.from(found.outputs[0]?.logprobs ?? [])).toEqual(json.body.loss_fn_outputs[0].logprobs.data);
    expect(found.metrics).toEqual(json.body.metrics);
    // Nothing was accumulated.
    expect(await norm(sum, model)).toBe(0);
  });
});
