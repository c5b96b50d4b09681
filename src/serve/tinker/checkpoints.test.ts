import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../policy/safetensors.ts";
import { type Answer, datumJson, type JsonClient, jsonClient } from "./testing/json-client.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];
const INPUT = { data: [datumJson(TOKENS)], loss_fn: "cross_entropy" };

let tiny: TinyTinker;
let client: JsonClient;

beforeAll(async () => {
  tiny = await tinyTinker({ inline: true });
  client = jsonClient((await tiny.start()).url, TINY_NAME);
});
afterAll(() => tiny.close());

async function train(model: string, to: JsonClient = client): Promise<void> {
  await to.post("/forward_backward", { model_id: model, forward_backward_input: INPUT });
  await to.call("/optim_step", { model_id: model, adam_params: { learning_rate: 0.02 } });
}

async function forward(model: string, to: JsonClient = client): Promise<unknown> {
  return (await to.call("/forward", { model_id: model, forward_input: INPUT })).body;
}

const detail = ({ status, body }: Answer): unknown => [status, body.detail];

describe("checkpoints", () => {
  it("go on after a restart of the server as if nothing had been, optimiser included", async () => {
    const { model } = await client.model();
    await train(model);
    const saved = await client.call("/save_weights", { model_id: model, path: "half-way" });
    expect(saved.body).toEqual({ type: "save_weights", path: `tinker://${model}/weights/half-way` });
    const halfWay = await forward(model);
    await train(model);
    const whole = await forward(model);
    const other = jsonClient((await tiny.start()).url, TINY_NAME);
    expect(detail(await other.call("/forward", { model_id: model, forward_input: INPUT }))).toEqual([
      404,
      "Model not found",
    ]);
    const resumed = (await other.model()).model;
    expect((await other.call("/load_weights", { model_id: resumed, path: saved.body.path })).body).toEqual({
      type: "load_weights",
      path: saved.body.path,
      model_id: resumed,
    });
    expect(await forward(resumed, other)).toEqual(halfWay);
    await train(resumed, other);
    expect(await forward(resumed, other)).toEqual(whole);
    const fresh = (await other.model()).model;
    await other.call("/load_weights", { model_id: fresh, path: saved.body.path, optimizer: false });
    expect(await forward(fresh, other)).toEqual(halfWay);
    await train(fresh, other);
    expect(await forward(fresh, other)).not.toEqual(whole);
  });

  it("make a model of the checkpoint's rank under the name that newer clients give it", async () => {
    const { session, model } = await client.model({ rank: 3, train_mlp: false });
    await train(model);
    const { path } = (await client.call("/save_weights", { model_id: model, path: "odd" })).body;
    const submitted = await client.post("/load_weights", {
      session_id: session,
      model_seq_id: 4,
      path,
      optimizer: true,
    });
    expect(submitted.body.model_id).toBe(`${session}:train:4`);
    await client.result(submitted);
    const made = submitted.body.model_id;
    expect(await forward(made)).toEqual(await forward(model));
    expect((await client.post("/get_info", { model_id: made })).body.model_data.lora_config).toMatchObject({
      rank: 3,
      alpha: 32,
      train_attn: true,
      train_mlp: false,
      train_unembed: false,
    });
    const again = await client.call("/save_weights_for_sampler", { model_id: made, path: "s" });
    expect(again.body.path).toBe(`tinker://${session}-train-4/sampler_weights/s`);
    expect((await client.get(`/training_runs/${made}/checkpoints`)).body.checkpoints).toHaveLength(1);
  });

  it("are refused where they cannot be", async () => {
    const { model } = await client.model();
    await train(model);
    const save = (path: unknown): Promise<Answer> => client.call("/save_weights", { model_id: model, path });
    const { path } = (await save("one")).body;
    expect(detail(await save("one"))).toEqual([409, `Checkpoint 'one' already exists for model '${model}'`]);
    expect((await save("a/b")).status).toBe(422);
    expect((await save("../up")).status).toBe(422);
    const load = (model_id: string, from: string): Promise<Answer> =>
      client.call("/load_weights", { model_id, path: from });
    const [status, text] = detail(await load(model, path)) as [number, string];
    expect([status, text.slice(0, 35)]).toEqual([400, "LoadWeights is not permitted with s"]);
    const small = (await client.model({ rank: 2 })).model;
    expect(detail(await load(small, path))).toEqual([
      400,
      "Rank mismatch: checkpoint has rank 4, model configured with rank 2",
    ]);
    expect(detail(await load(small, `tinker://${model}/weights/none`))).toEqual([
      404,
      `Checkpoint not found: ${model}/none`,
    ]);
    expect(detail(await load(small, "nope"))).toEqual([
      400,
      "request.path must be in format tinker://source_model_id/weights/checkpoint_id",
    ]);
    await client.call("/forward_backward", { model_id: model, forward_backward_input: INPUT });
    const unsettled = await save("two");
    expect(unsettled.status).toBe(400);
    expect(unsettled.body.detail).toContain("cannot save between accumulate and step");
    await client.call("/optim_step", { model_id: model, adam_params: {} });
    // The place is free again.
    expect((await save("two")).status).toBe(200);
  });

  it("while it is written, a sampler is said to be coming", async () => {
    const { model } = await client.model();
    const pass = { model_id: model, forward_backward_input: INPUT };
    await Promise.all(Array.from({ length: 40 }, () => client.post("/forward_backward", pass)));
    const saving = await client.post("/save_weights_for_sampler", { model_id: model, path: "soon" });
    const prompt = { chunks: [{ type: "encoded_text", tokens: TOKENS }] };
    const ask = (): Promise<Answer> =>
      client.post("/asample", { prompt, sampling_params: { max_tokens: 1 }, model_path: `tinker://${model}/soon` });
    expect(detail(await ask())).toEqual([425, "Checkpoint is still being created"]);
    await client.result(saving);
    expect((await ask()).status).toBe(200);
  });
});

describe("runs", () => {
  it("are listed with their checkpoints, which can be taken elsewhere and deleted", async () => {
    const { model } = await client.model({ rank: 2, alpha: 8, train_attn: false });
    await train(model);
    await client.call("/save_weights", { model_id: model, path: "ck" });
    await client.call("/save_weights_for_sampler", { model_id: model, path: "ck" });
    const { body: info } = await client.post("/weights_info", { tinker_path: `tinker://${model}/weights/ck` });
    expect(info).toMatchObject({ base_model: TINY_NAME, is_lora: true, lora_rank: 2, train_attn: false });
    const runs = `/training_runs/${model}`;
    const run = (await client.get(runs)).body;
    expect(run).toMatchObject({ training_run_id: model, base_model: TINY_NAME, lora_rank: 2, corrupted: false });
    expect(run.last_checkpoint.tinker_path).toBe(`tinker://${model}/weights/ck`);
    const all = (await client.get("/training_runs?limit=1&offset=0")).body;
    expect(all.training_runs).toHaveLength(1);
    expect(all.cursor).toMatchObject({ offset: 0, limit: 1 });
    expect((await client.get("/training_runs?limit=x")).status).toBe(422);
    expect((await client.get(`${runs}/checkpoints/ck/archive`)).status).toBe(400);

    const files = await archived(client, `${runs}/checkpoints/sampler_weights/ck`);
    const config = JSON.parse(new TextDecoder().decode(files.get("adapter_config.json"))) as Record<string, unknown>;
    expect(config).toMatchObject({
      peft_type: "LORA",
      r: 2,
      lora_alpha: 8,
      base_model_name_or_path: TINY_NAME,
      target_modules: ["gate_proj", "up_proj", "down_proj"],
    });
    const { tensors } = readSafetensors(files.get("adapter_model.safetensors") ?? new Uint8Array(), "archive");
    expect([...tensors.keys()].at(0)).toBe("base_model.model.model.layers.0.mlp.gate_proj.lora_A.weight");
    expect(tensors.size).toBe(2 * 3 * 2);

    expect((await client.remove(`${runs}/checkpoints/sampler_weights/ck`)).status).toBe(204);
    expect((await client.remove(`${runs}/checkpoints/sampler_weights/ck`)).status).toBe(404);
    const left = (await client.get(`${runs}/checkpoints`)).body.checkpoints;
    expect(left.map((one: { checkpoint_type: string }) => one.checkpoint_type)).toEqual(["training"]);
    expect((await client.remove(`${runs}/checkpoints/ck`)).status).toBe(204);
  });

  it("archives can be fetched without a key by the link that was given, and no other way", async () => {
    const KEY = "tml-a-key-of-this-test";
    const { url } = await tiny.start({ apiKey: KEY });
    const keyed = jsonClient(url, TINY_NAME, { "x-api-key": KEY });
    const { model } = await keyed.model();
    await keyed.call("/save_weights_for_sampler", { model_id: model, path: "s" });
    const place = `${url}/api/v1/training_runs/${model}/checkpoints/s`;
    const headers = { authorization: `Bearer ${KEY}` };
    const given = await fetch(`${place}/archive`, { headers, redirect: "manual" });
    expect(given.status).toBe(302);
    expect(given.headers.get("expires")).toMatch(
      /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
    );
    const link = given.headers.get("location") ?? "";
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(link.replace("/s/", "/t/"))).status).toBe(401);
    expect((await fetch(`${place}/download`)).status).toBe(401);
    expect((await fetch(`${link}0`)).status).toBe(401);
  });
});

/** The files of a checkpoint's archive, read as tar does. */
async function archived(from: JsonClient, place: string): Promise<Map<string, Uint8Array>> {
  const tar = new Uint8Array(gunzipSync(await from.bytes(`${place}/archive`)));
  const files = new Map<string, Uint8Array>();
  const text = (at: number, length: number): string =>
    new TextDecoder().decode(tar.subarray(at, at + length)).replace(/\0.*$/s, "");
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const header = tar.slice(at, at + 512);
    const sum = Number.parseInt(text(at + 148, 8), 8);
    header.fill(32, 148, 156);
    expect(header.reduce((total, byte) => total + byte, 0)).toBe(sum);
    files.set(text(at, 100), tar.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
