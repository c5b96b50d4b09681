import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, datumJson, type JsonClient, jsonClient } from "./testing/json-client.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

const PROMPT = [3, 1, 4, 1];
const chunks = (tokens: readonly number[]): object => ({ chunks: [{ type: "encoded_text", tokens }] });

let tiny: TinyTinker;
let client: JsonClient;

beforeAll(async () => {
  tiny = await tinyTinker();
  client = jsonClient((await tiny.start()).url, TINY_NAME);
});
afterAll(() => tiny.close());

interface Asked {
  readonly sampling_session_id?: string;
  readonly model_path?: string;
  readonly base_model?: string;
}

function sample(from: Asked, params: object = {}, more: object = {}): Promise<Answer> {
  return client.call("/asample", {
    num_samples: 2,
    prompt: chunks(PROMPT),
    sampling_params: { max_tokens: 6, seed: 5, temperature: 1, ...params },
    seq_id: 1,
    ...from,
    ...more,
  });
}

const BASE = { base_model: TINY_NAME };

async function train(model: string): Promise<void> {
  await client.post("/forward_backward", {
    model_id: model,
    forward_backward_input: { data: [datumJson([...PROMPT, 5, 9])], loss_fn: "cross_entropy" },
  });
  await client.call("/optim_step", { model_id: model, adam_params: { learning_rate: 0.05 } });
}

/** The same draws; prefixes that are cached are computed in other batches, which moves the last bits. */
function expectSame(found: Answer, wanted: Answer): void {
  for (const [i, { tokens, logprobs }] of wanted.body.sequences.entries()) {
    expect(found.body.sequences[i].tokens).toEqual(tokens);
    for (const [t, x] of logprobs.entries()) expect(found.body.sequences[i].logprobs[t]).toBeCloseTo(x, 5);
  }
}

describe("sampling over the protocol", () => {
  it("tells the model's own log-probabilities, whatever it drew from", async () => {
    const settings = [{}, { temperature: 0 }, { temperature: 0.5 }, { temperature: 2, top_k: 5 }, { top_p: 0.5 }];
    for (const params of settings) {
      const { body } = await sample(BASE, params);
      for (const { tokens, logprobs } of body.sequences) {
        expect(tokens).toHaveLength(6);
        const [score] = await tiny.base.bare.score([{ ids: [...PROMPT, ...tokens], temperature: 1 }]);
        const wanted = Array.from(score?.logprobs.subarray(PROMPT.length - 1) ?? []);
        for (const [i, logprob] of logprobs.entries()) expect(logprob).toBeCloseTo(wanted[i] ?? Number.NaN, 5);
      }
    }
  });

  it("draws sequence i with the seed plus i", async () => {
    const [first, second] = [await sample(BASE, { seed: 100 }), await sample(BASE, { seed: 101 })];
    expect(first.body.sequences[1]).toEqual(second.body.sequences[0]);
    expect(first.body.sequences[0]).not.toEqual(first.body.sequences[1]);
  });

  it("ends at stop ids and at stop texts, which stay", async () => {
    const { body } = await sample(BASE);
    const [{ tokens }] = body.sequences;
    const byId = (await sample(BASE, { stop: [tokens[2]] })).body.sequences[0];
    expect(byId.tokens).toEqual(tokens.slice(0, tokens.indexOf(tokens[2]) + 1));
    expect(byId.stop_reason).toBe("stop");
    const text = String.fromCharCode(33 + tokens[1], 33 + tokens[2]);
    const byText = (await sample(BASE, { stop: text })).body.sequences[0];
    expect(byText.tokens).toEqual(tokens.slice(0, 3));
    expect(byText.logprobs).toHaveLength(3);
    expect((await sample(BASE, { stop: [] })).body.sequences[0].stop_reason).toBe("length");
  });

  it("tells the prompt's log-probabilities, the first token's unknown", async () => {
    const { body } = await sample(BASE, {}, { prompt_logprobs: true });
    const [score] = await tiny.base.bare.score([{ ids: PROMPT, temperature: 1 }]);
    expect(body.prompt_logprobs[0]).toBeNull();
    expect(body.prompt_logprobs.slice(1)).toEqual(Array.from(score?.logprobs ?? []));
    const last = await sample(BASE, {}, { prompt_logprobs: true, prompt_logprobs_last_n: 2 });
    expect(last.body.prompt_logprobs.slice(0, 2)).toEqual([null, null]);
    expect(last.body.prompt_logprobs.slice(2)).toEqual(body.prompt_logprobs.slice(2));
  });

  it("tells the likeliest tokens at each place of the prompt", async () => {
    const long = Array.from({ length: 70 }, (_, i) => (i * 7) % 40);
    const { body } = await client.call("/asample", {
      prompt: chunks(long),
      sampling_params: { max_tokens: 1, seed: 1 },
      base_model: TINY_NAME,
      topk_prompt_logprobs: 40,
    });
    expect(body.topk_prompt_logprobs).toHaveLength(70);
    expect(body.topk_prompt_logprobs[0]).toBeNull();
    for (const [i, top] of body.topk_prompt_logprobs.slice(1).entries()) {
      const logprobs: number[] = top.map(([, x]: [number, number]) => x);
      expect(logprobs.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 5);
      expect([...logprobs].sort((a, b) => b - a)).toEqual(logprobs);
      const own = top.find(([id]: [number, number]) => id === long[i + 1]);
      expect(own[1]).toBeCloseTo(body.prompt_logprobs[i + 1], 5);
    }
    const few = await sample(BASE, {}, { topk_prompt_logprobs: 3, prompt_logprobs: true, prompt_logprobs_last_n: 1 });
    expect(few.body.topk_prompt_logprobs.map((top: unknown[] | null) => top?.length ?? null)).toEqual([
      null,
      null,
      null,
      3,
    ]);
  });

  it("samples what was saved, named or for the session, and never touches what is trained", async () => {
    const { model, session } = await client.model();
    const base = await sample(BASE);
    await train(model);
    const named = await client.call("/save_weights_for_sampler", { model_id: model, path: "first" });
    const moment = await client.call("/save_weights_for_sampler", {
      model_id: model,
      sampling_session_seq_id: 0,
      seq_id: 1,
    });
    expect(named.body).toEqual({
      type: "save_weights_for_sampler",
      path: `tinker://${model}/sampler_weights/first`,
      sampling_session_id: null,
    });
    expect(moment.body.path).toBeNull();
    const before = await sample({ model_path: named.body.path });
    expectSame(await sample({ sampling_session_id: moment.body.sampling_session_id }), before);
    expect(() => expectSame(before, base)).toThrow();
    await train(model);
    const pass = { model_id: model, forward_input: { data: [datumJson(PROMPT)], loss_fn: "cross_entropy" } };
    const live = await client.call("/forward", pass);
    expectSame(await sample({ model_path: `tinker://${model}/first` }), before);
    expectSame(await sample({ sampling_session_id: moment.body.sampling_session_id }), before);
    const sampler = await client.post("/create_sampling_session", {
      session_id: session,
      sampling_session_seq_id: 1,
      model_path: named.body.path,
    });
    expectSame(await sample({ sampling_session_id: sampler.body.sampling_session_id }), before);
    expect((await client.call("/forward", pass)).body).toEqual(live.body);
  });

  it("decodes requests of many clients together, each with its own draws", async () => {
    const alone = [];
    for (let seed = 0; seed < 6; seed++) alone.push((await sample(BASE, { seed: seed * 10 })).body);
    const together = await Promise.all(alone.map((_, i) => sample(BASE, { seed: i * 10 })));
    expect(together.map(({ body }) => body.sequences.map((one: { tokens: number[] }) => one.tokens))).toEqual(
      alone.map(({ sequences }) => sequences.map((one: { tokens: number[] }) => one.tokens)),
    );
  });
});
