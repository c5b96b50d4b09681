/**
 * The client against a server that computes: what comes back is what the weights say, and what the network does to requests between
 * them changes no number.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Datum } from "../../protocol/in-memory.ts";
import { TINY_NAME, type TinyTinker, tinyTinker } from "../../serve/tinker/testing/tiny-tinker.ts";
import type { TinkerServer } from "../../serve/tinker/start-tinker-server.ts";
import { openTinkerClient } from "./open-client.ts";
import type { TinkerClientOptions } from "./options.ts";
import { startFaultyProxy } from "./testing/faulty-proxy.ts";
import { ADAM } from "./testing/with-client.ts";
import type { RemoteModel, RemoteSampler, TinkerClient } from "./tinker-client.ts";

const LIMITS = { vocabularySize: 40, maxSequenceTokens: 96 };
const MODEL = { baseModel: TINY_NAME, rank: 4, seed: 7, limits: LIMITS };
const PARAMS = { maxTokens: 12, temperature: 1, stop: [], seed: 100 };
const FAST = { ...ADAM, learningRate: 0.02 };

let tiny: TinyTinker;
let server: TinkerServer;
beforeAll(async () => {
  tiny = await tinyTinker({ inline: true });
  server = await tiny.start();
});
afterAll(() => tiny.close());

async function open(url: string, options: Partial<TinkerClientOptions> = {}): Promise<TinkerClient> {
  const client = await openTinkerClient({
    url,
    environment: {},
    ...options,
    timeouts: { firstRetryMs: 2, ...options.timeouts },
  });
  onTestFinished(() => client.close());
  return client;
}

/** Sequences of different lengths, with advantages of both signs. */
function batch(step: number): Datum[] {
  return [5, 9, 7].map((length, i) => {
    const tokens = Array.from({ length }, (_, t) => (step * 7 + i * 5 + t * 3) % 40);
    return {
      tokens,
      targetTokens: tokens.map((id) => (id * 3 + i) % 40),
      logprobs: tokens.map(() => -3.5),
      // As a float of 32 bits has it: protobuf holds no other.
      advantages: tokens.map((_, t) => Math.fround((t % 2 === 0 ? 1 : -0.5) / length)),
    };
  });
}

/** The same sequences, to be scored. */
const plain = (step: number): Datum[] => batch(step).map(({ tokens, targetTokens }) => ({ tokens, targetTokens }));

const POLICY_GRADIENT = { name: "importance_sampling" } as const;

/** Three steps, each pipelined, and what they left: losses, norms, and the log-probabilities at the end. */
async function train(model: RemoteModel): Promise<unknown> {
  const steps = [];
  for (const step of [0, 1, 2]) {
    const passes = batch(step).map((datum) => model.forwardBackward([datum], POLICY_GRADIENT));
    const optim = model.optimStep(FAST);
    steps.push([(await Promise.all(passes)).map(({ metrics }) => metrics), (await optim).gradientNorm]);
  }
  const { outputs } = await model.forward(plain(9));
  return { steps, logprobs: outputs.map(({ logprobs }) => [...logprobs]) };
}

const samples = (sampler: RemoteSampler): Promise<unknown[]> =>
  Promise.all(
    [0, 1, 2, 3].map((i) => sampler.sample({ prompt: [1, 2, i], count: 2, params: { ...PARAMS, seed: 10 * i } })),
  );

describe("a server that computes", () => {
  it("log-probabilities of samples are those of a forward pass over them, in both forms", async () => {
    for (const wire of ["json", "protobuf"] as const) {
      const client = await open(server.url, { wire });
      const model = await client.createModel(MODEL);
      const sampler = await model.saveForSampler();
      const prompt = [3, 1, 4];
      const { sequences } = await sampler.sample({ prompt, count: 3, params: PARAMS }, { tree: "a" });
      const data = sequences.map(({ tokens }) => {
        const ids = [...prompt, ...tokens];
        return { tokens: ids.slice(0, -1), targetTokens: ids.slice(1) };
      });
      const { outputs } = await model.forward(data);
      const gaps = outputs.flatMap(({ logprobs }, i) =>
        Array.from(logprobs.slice(prompt.length - 1), (x, t) =>
          Math.abs(x - (sequences[i]?.logprobs[t] ?? Number.NaN)),
        ),
      );
      expect(gaps).toHaveLength(36);
      expect(Math.max(...gaps)).toBeLessThan(1e-5);
      expect(client.server.routesTrees).toBe(true);
      await client.close();
    }
  });

  it("is found to read protobuf, and gives the same numbers in JSON", async () => {
    const [auto, json] = [await open(server.url), await open(server.url, { wire: "json" })];
    const results = [];
    for (const client of [auto, json]) results.push(await train(await client.createModel(MODEL)));
    expect(results[1]).toEqual(results[0]);
    expect([auto.ledger.wire, json.ledger.wire]).toEqual(["protobuf", "json"]);
    expect(json.ledger.bytesSent).toBeGreaterThan(auto.ledger.bytesSent);
  });
});

describe("what a network does", () => {
  it("what happens to two requests in five on their way changes no number of training and sampling", async () => {
    const quiet = await open(server.url);
    const expected = await quiet.createModel(MODEL);
    const undisturbed = [await train(expected), await samples(await expected.saveForSampler())];
    const proxy = await startFaultyProxy({
      target: server.url,
      seed: 39,
      rate: 0.4,
      meets: (path) => !/create_model|create_session/.test(path),
    });
    onTestFinished(() => proxy.close());
    const client = await open(proxy.url, { timeouts: { pollMs: 5_000 } });
    const model = await client.createModel(MODEL);
    expect([await train(model), await samples(await model.saveForSampler())]).toEqual(undisturbed);
    expect(await model.saveWeights("after-faults")).toBe(`tinker://${model.id}/weights/after-faults`);
    expect(Object.values(proxy.done).every((count) => count > 0)).toBe(true);
    expect(client.ledger.retries).toBeGreaterThan(5);
    expect(tiny.reports).toEqual([]);
  });

  it("a restart of the server and of the client: a fresh model goes on from the checkpoint as if nothing had been", async () => {
    const first = await tiny.start();
    const proxy = await startFaultyProxy({ target: first.url, seed: 1, rate: 0 });
    onTestFinished(() => proxy.close());
    const client = await open(proxy.url);
    const model = await client.createModel(MODEL);
    await train(model);
    const path = await model.saveWeights("step-3");
    const expected = await train(model);
    const waiting = model.forward(plain(1)).catch((error: unknown) => error);
    await first.close();
    const second = await tiny.start();
    proxy.target = second.url;
    // The old model is gone with its server: a call says so, and what to do.
    await waiting;
    await expect(model.forward(plain(1))).rejects.toMatchObject({
      reason: expect.stringMatching(/model-lost|expired/),
    });
    const again = await open(proxy.url);
    const fresh = await again.createModel(MODEL);
    await fresh.loadWeights(path, { optimizer: true });
    expect(await train(fresh)).toEqual(expected);
    const kinds = (await again.checkpoints(model.id)).map(({ kind, name }) => `${kind} ${name}`);
    expect(kinds).toEqual(["training step-3"]);
  });

  it("a client that died leaves models; the next one frees their places", async () => {
    const small = await tiny.start({ limits: { models: 1 } });
    const dead = await open(small.url);
    const left = await dead.createModel(MODEL);
    const next = await open(small.url);
    await expect(next.createModel(MODEL)).rejects.toMatchObject({ reason: expect.stringMatching(/failed|invalid/) });
    expect(await next.unloadOrphans([left.id, "model_never"])).toEqual([
      { modelId: left.id, outcome: "unloaded", message: null },
      { modelId: "model_never", outcome: "gone", message: null },
    ]);
    await (await next.createModel(MODEL)).unload();
    expect(small.models).toBe(0);
  });

  it("a session whose heartbeat does not reach the server expires, and calls say so", async () => {
    const strict = await tiny.start({ sessionTimeoutMs: 2_000, sessionCheckMs: 50 });
    const proxy = await startFaultyProxy({
      target: strict.url,
      seed: 2,
      rate: 1,
      kinds: ["drop"],
      meets: (path) => path.includes("heartbeat"),
    });
    onTestFinished(() => proxy.close());
    const client = await open(proxy.url, { timeouts: { heartbeatMs: 50 } });
    const model = await client.createModel(MODEL);
    const alive = await open(strict.url, { timeouts: { heartbeatMs: 50 } });
    const kept = await alive.createModel(MODEL);
    while (strict.sessions > 1) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(model.forward(plain(0))).rejects.toMatchObject({
      reason: expect.stringMatching(/expired|model-lost/),
    });
    await kept.forward(plain(0));
  });
});
