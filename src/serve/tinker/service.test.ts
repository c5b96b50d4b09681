import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { datumJson, type JsonClient, jsonClient } from "./testing/json-client.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

let tiny: TinyTinker;
let url: string;
let client: JsonClient;

beforeAll(async () => {
  tiny = await tinyTinker({ inline: true });
  url = (await tiny.start()).url;
  client = jsonClient(url, TINY_NAME);
});
afterAll(() => tiny.close());

/** A zstd frame of one raw block: what any compressor may write of fewer than 256 bytes. */
function zstd(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const block = (bytes.length << 3) | 1;
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length, block & 255, (block >> 8) & 255, (block >> 16) & 255];
  return Uint8Array.from([...head, ...bytes]);
}

describe("the service", () => {
  it("says what it is and what it has", async () => {
    const root = (await (await fetch(url)).json()) as Record<string, unknown>;
    expect(root).toMatchObject({ model: TINY_NAME, api: "/api/v1", engine: expect.stringContaining("qwen3") });
    expect((await client.get("/healthz")).body).toEqual({ status: "ok" });
    expect((await client.get("/get_server_capabilities")).body.supported_models).toEqual([
      { model_name: TINY_NAME, max_context_length: 96, trainable: true, sampleable: true },
    ]);
    expect((await client.post("/client/config", { sdk_version: "1" })).body).toMatchObject({
      pjwt_auth_enabled: false,
      proto_compress_fwdbwd: false,
      parallel_fwdbwd_chunks: false,
    });
    expect((await client.post("/client/dynamic_config", {})).status).toBe(404);
    expect((await client.post("/telemetry", { events: [] })).body).toEqual({ status: "accepted" });
    const token = await client.post("/auth/token", {}, { "x-api-key": "tml-mine" });
    expect(token.body).toEqual({ jwt: "tml-mine" });
  });

  it("knows its sessions, models and samplers", async () => {
    const { session, model } = await client.model({ seed: null });
    expect((await client.post("/session_heartbeat", { session_id: session })).body).toEqual({
      type: "session_heartbeat",
    });
    const sampler = await client.post("/create_sampling_session", {
      session_id: session,
      sampling_session_seq_id: 0,
      base_model: TINY_NAME,
    });
    const { sampling_session_id: id } = sampler.body;
    expect((await client.get(`/samplers/${id}`)).body).toEqual({
      sampler_id: id,
      base_model: TINY_NAME,
      model_path: null,
    });
    expect((await client.get(`/sessions/${session}`)).body).toMatchObject({
      training_run_ids: [model],
      sampler_ids: [id],
    });
    expect((await client.post("/get_info", { model_id: model })).body).toMatchObject({
      model_id: model,
      lora_rank: 4,
      model_data: { base_model: TINY_NAME, lora_config: { alpha: 32, train_unembed: false } },
    });
    expect((await client.post(`/sessions/${session}/finish`, {})).status).toBe(200);
    expect((await client.get(`/samplers/${id}`)).status).toBe(404);
    expect((await client.post("/get_info", { model_id: model })).status).toBe(400);
    expect((await client.get("/sessions")).body.sessions).not.toContain(session);
  });

  it("reads zstd", async () => {
    const { session } = await client.model();
    const body = zstd(JSON.stringify({ session_id: session }));
    const headers = { "content-type": "application/json", "content-encoding": "zstd" };
    const answer = await fetch(`${url}/api/v1/session_heartbeat`, { method: "POST", headers, body });
    expect([answer.status, await answer.json()]).toEqual([200, { type: "session_heartbeat" }]);
  });

  it("trains several clients at once as it trains one", async () => {
    const input = { data: [datumJson([3, 1, 4, 1, 5, 9, 2, 6])], loss_fn: "cross_entropy" };
    const trained = async (): Promise<unknown> => {
      const own = jsonClient(url, TINY_NAME);
      const { model } = await own.model();
      for (let i = 0; i < 3; i++) {
        await own.post("/forward_backward", { model_id: model, forward_backward_input: input });
        await own.post("/optim_step", { model_id: model, adam_params: { learning_rate: 0.01 } });
      }
      return (await own.call("/forward", { model_id: model, forward_input: input })).body;
    };
    const alone = await trained();
    for (const together of await Promise.all([trained(), trained(), trained()])) expect(together).toEqual(alone);
  });
});
