/** A session from its beginning to its end: the heartbeat, what happens when it stops being known, closing, models left behind. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openTinkerClient } from "../open-client.ts";
import { detail } from "../testing/played-server.ts";
import { ADAM, BASE_MODEL, datums, LIMITS, withClient, withModel } from "../testing/with-client.ts";

const MODEL = { baseModel: BASE_MODEL, rank: 8, seed: 1, limits: LIMITS };

/** Until it is so; the time limit of the test ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}

describe("the heartbeat", () => {
  it("goes on while the event loop is blocked", async () => {
    // The server is in a process of its own: this one's loop does not turn.
    const { url, beats, stop } = await beatCounter();
    const client = await openTinkerClient({ url, environment: {}, timeouts: { heartbeatMs: 50 } });
    await delay(200);
    const before = await beats();
    const startedMs = performance.now();
    while (performance.now() - startedMs < 1_000);
    const during = (await beats()) - before;
    await client.close();
    await stop();
    expect(during).toBeGreaterThanOrEqual(8);
  });

  it("a 404 ends the session: open and later calls say so", async () => {
    const { server, model, client } = await withModel({ timeouts: { heartbeatMs: 20, pollMs: 100 } });
    server.fault = ({ endpoint }) => {
      if (endpoint === "session_heartbeat") return detail(404, "Session not found");
      return endpoint === "retrieve_future" ? detail(408, "Timeout waiting for result") : undefined;
    };
    await expect(model.forward(datums(1))).rejects.toMatchObject({ reason: "expired" });
    await expect(client.createModel(MODEL)).rejects.toMatchObject({
      reason: "expired",
      message: [
        `the session at ${server.url} has ended: its heartbeat was answered with 404`,
        "expected: a session kept alive by a heartbeat every 10 s (servers end one after 300 s without)",
        "to fix: resume the run: it opens a fresh session and loads the last checkpoint",
      ].join("\n  "),
    });
  });

  it("a server without heartbeats, and one that fails now and then, end nothing", async () => {
    const { server, model, notices } = await withModel({ timeouts: { heartbeatMs: 20 } });
    let answer = detail(404, "Not Found");
    server.fault = ({ endpoint }) => (endpoint === "session_heartbeat" ? answer : undefined);
    const beats = (): number => server.of("session_heartbeat").length;
    await until(() => beats() > 4);
    await model.forward(datums(1));
    answer = detail(503, "busy");
    const before = beats();
    await until(() => beats() > before + 3);
    await model.forward(datums(1));
    expect(notices.join()).toMatch(/the server has not answered \d+ heartbeats in a row/);
  });

  it("stops with the client", async () => {
    const { server, client } = await withClient({ timeouts: { heartbeatMs: 20 } });
    await until(() => server.of("session_heartbeat").length > 1);
    await client.close();
    const { length } = server.of("session_heartbeat");
    await delay(100);
    expect(server.of("session_heartbeat")).toHaveLength(length);
  });
});

describe("a server that is restarted", () => {
  it("within a call: the call waits for it, and says which model is gone", async () => {
    const { server, model } = await withModel();
    await server.stop();
    const forward = model.forward(datums(1)).catch((error: unknown) => error);
    await delay(100);
    await server.restart({ forget: true });
    expect(await forward).toMatchObject({
      // Whichever is told first: the submit's answer or the heartbeat's.
      reason: expect.stringMatching(/^(model-lost|expired)$/),
      message: expect.stringContaining("loads the last checkpoint"),
    });
  });

  it("with its memory: the call goes on as if nothing had been", async () => {
    const { server, model } = await withModel();
    await model.forwardBackward(datums(2), { name: "cross_entropy" });
    await server.stop();
    const step = model.optimStep(ADAM);
    await delay(100);
    await server.restart({ forget: false });
    expect(await step).toMatchObject({ gradientNorm: 5.25 });
  });

  it("never again: the call gives up after reconnectMs", async () => {
    const { server, model } = await withModel({ timeouts: { reconnectMs: 200 } });
    await server.stop();
    await expect(model.forward(datums(1))).rejects.toMatchObject({
      reason: "unreachable",
      effect: "none",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    await server.restart({ forget: true });
  });
});

describe("the end", () => {
  it("frees the models, rejects what is open, and refuses what comes later", async () => {
    const { server, client, model } = await withModel();
    const second = await client.createModel(MODEL);
    await second.unload();
    await second.unload();
    await expect(second.forward(datums(1))).rejects.toMatchObject({ reason: "closed" });
    server.fault = ({ endpoint, body }) =>
      endpoint === "retrieve_future" && body["request_id"] === "4" ? "hang" : undefined;
    const open = model.forward(datums(1)).catch((error: unknown) => error);
    await until(() => server.of("retrieve_future").length === 4);
    await client.close();
    await client.close();
    expect(await open).toMatchObject({ reason: "closed" });
    expect(server.of("unload_model").map(({ body }) => body["model_id"])).toEqual([second.id, model.id]);
    await expect(model.forward(datums(1))).rejects.toMatchObject({ reason: "closed" });
    await expect(client.ping()).rejects.toMatchObject({ reason: "closed" });
  });

  it("frees a model that was given up while it was made", async () => {
    const { server, client } = await withClient();
    server.fault = ({ endpoint }) => (endpoint === "retrieve_future" ? "hang" : undefined);
    const abort = new AbortController();
    const model = client.createModel(MODEL, abort.signal).catch((error: unknown) => error);
    await until(() => server.of("retrieve_future").length === 1);
    abort.abort(new Error("enough"));
    expect(await model).toEqual(new Error("enough"));
    server.fault = () => undefined;
    await client.close();
    expect(server.of("unload_model")).toHaveLength(1);
  });

  it("models that a dead process left are unloaded by their ids", async () => {
    const { server, model, client } = await withModel();
    server.fault = ({ endpoint, body }) =>
      endpoint === "unload_model" && body["model_id"] === "model_stuck" ? detail(400, "cannot unload") : undefined;
    expect(await client.unloadOrphans([model.id, "model_gone", "model_stuck"])).toEqual([
      { modelId: model.id, outcome: "unloaded", message: null },
      { modelId: "model_gone", outcome: "gone", message: null },
      { modelId: "model_stuck", outcome: "failed", message: "unload_model: the server says: cannot unload" },
    ]);
  });
});

/** A server in a process of its own that counts heartbeats, and says how many when asked. */
async function beatCounter(): Promise<{ url: string; beats: () => Promise<number>; stop: () => Promise<void> }> {
  const { spawn } = await import("node:child_process");
  const program = `
    let beats = 0;
    const server = require("node:http").createServer((request, response) => {
      if (request.url.endsWith("session_heartbeat")) beats++;
      request.resume();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ supported_models: [], session_id: "session_1", beats }));
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<string>((resolve) =>
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim())),
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    beats: async () => ((await (await fetch(`${url}/beats`)).json()) as { beats: number }).beats,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}
