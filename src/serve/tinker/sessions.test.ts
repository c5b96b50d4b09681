import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../../std/clock.ts";
import { type Answer, datumJson, jsonClient } from "./testing/json-client.ts";
import { asample } from "./testing/refused-requests.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

const INPUT = { data: [datumJson([3, 1, 4, 1, 5, 9, 2, 6])], loss_fn: "cross_entropy" };

let tiny: TinyTinker;

beforeAll(async () => {
  tiny = await tinyTinker();
});
afterAll(async () => {
  await tiny.close();
  expect(tiny.reports).toEqual([]);
});

describe("sessions", () => {
  function movedClock(): Clock & { moveMs(ms: number): void } {
    let now = 0;
    return { nowMs: () => now, timestamp: () => "2026-11-26T12:00:00.000Z", moveMs: (ms) => void (now += ms) };
  }
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it("expire with work pending: what has not begun fails, their models are freed, others stay", async () => {
    const clock = movedClock();
    const server = await tiny.start({ clock, sessionTimeoutMs: 1000, sessionCheckMs: 5 });
    const own = jsonClient(server.url, TINY_NAME);
    const [lost, kept] = [await own.model(), await own.model()];
    const waiting = await Promise.all(
      Array.from({ length: 150 }, () =>
        own.post("/forward_backward", { model_id: lost.model, forward_backward_input: INPUT }),
      ),
    );
    clock.moveMs(900);
    await own.post("/session_heartbeat", { session_id: kept.session });
    clock.moveMs(200);
    await until(() => server.sessions === 1);
    const last = await own.result(waiting.at(-1) as Answer);
    expect([last.status, last.body.detail]).toEqual([400, expect.stringContaining("it has expired")]);
    await until(() => server.models === 1);
    const gone = await own.post("/optim_step", { model_id: lost.model, adam_params: {} });
    expect([gone.status, gone.body.detail]).toEqual([400, `Model ${lost.model} not loaded`]);
    expect((await own.post("/session_heartbeat", { session_id: lost.session })).status).toBe(404);
    expect((await own.call("/forward", { model_id: kept.model, forward_input: INPUT })).status).toBe(200);
    await server.close();
  });

  it("have room for so many models; unloading one makes room, and drops what waited", async () => {
    const server = await tiny.start({ limits: { models: 1 } });
    const own = jsonClient(server.url, TINY_NAME);
    const first = await own.model();
    const second = { session_id: first.session, base_model: TINY_NAME, lora_config: { rank: 2 } };
    const refused = await own.post("/create_model", second);
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.stringContaining("Maximum number of LoRA adapters (1)"),
    ]);
    const unloaded = await own.call("/unload_model", { model_id: first.model });
    expect(unloaded.body).toEqual({ type: "unload_model", model_id: first.model, status: "unloaded" });
    expect((await own.call("/create_model", second)).status).toBe(200);
    await server.close();
  });

  it("a result that takes longer than a poll waits is asked for again: 408", async () => {
    const server = await tiny.start({ holdMs: 1 });
    const own = jsonClient(server.url, TINY_NAME);
    const submitted = await own.post("/asample", asample({ max_tokens: 80 }));
    const polled = await own.post("/retrieve_future", { request_id: submitted.body.request_id });
    expect(polled).toEqual({ status: 408, body: { detail: "Timeout waiting for result" } });
    expect((await own.result(submitted)).status).toBe(200);
    await server.close();
  });

  it("too many results that nobody asks for are refused until somebody does", async () => {
    const server = await tiny.start({ limits: { futures: 2 } });
    const own = jsonClient(server.url, TINY_NAME);
    const many = [await own.post("/asample", asample({})), await own.post("/asample", asample({}))];
    expect((await own.post("/asample", asample({}))).status).toBe(429);
    for (const one of many) expect((await own.result(one)).status).toBe(200);
    await server.close();
  });

  it("a server that closes ends what is open, and says so", async () => {
    const server = await tiny.start();
    const own = jsonClient(server.url, TINY_NAME);
    const { model: last } = await own.model();
    const open = await own.post("/forward_backward", { model_id: last, forward_backward_input: INPUT });
    expect(open.status).toBe(200);
    await server.close();
    await expect(own.post("/session_heartbeat", { session_id: "x" })).rejects.toThrow();
  });
});

describe("access", () => {
  it("with a key: by X-API-Key or Bearer, and only health without", async () => {
    const KEY = "tml-a-key-of-this-test";
    const server = await tiny.start({ apiKey: KEY });
    const status = async (path: string, headers: Readonly<Record<string, string>>): Promise<number> =>
      (await fetch(`${server.url}${path}`, { headers })).status;
    expect(await status("/api/v1/healthz", {})).toBe(200);
    expect(await status("/", {})).toBe(401);
    expect(await status("/api/v1/get_server_capabilities", {})).toBe(401);
    expect(await status("/api/v1/get_server_capabilities", { "x-api-key": "tml-another" })).toBe(401);
    expect(await status("/api/v1/get_server_capabilities", { "x-api-key": KEY })).toBe(200);
    expect(await status("/api/v1/get_server_capabilities", { authorization: `Bearer ${KEY}` })).toBe(200);
    await server.close();
  });

  it("beyond this machine only with a key, and pages of other hosts not at all", async () => {
    await expect(tiny.start({ host: "0.0.0.0" })).rejects.toThrow("without an API key");
    const { url } = await tiny.start();
    const answer = await new Promise<string>((resolve) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () =>
        socket.write("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
      );
      socket.on("data", (data) => resolve(data.toString()) ?? socket.destroy());
    });
    expect(answer).toContain("403");
  });
});
