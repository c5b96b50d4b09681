/** What a client does with each answer to the question for a result. */
import { describe, expect, it } from "vitest";
import { TinkerFailure } from "../failure.ts";
import { type Call, detail, type Fault } from "../testing/played-server.ts";
import { ADAM, datums, withModel } from "../testing/with-client.ts";
import type { TinkerClientOptions } from "../options.ts";

const LOSS = { name: "cross_entropy" } as const;

/** A forward pass whose polls meet these, one after the other. */
async function polled(faults: readonly (Fault | undefined)[], options: Partial<TinkerClientOptions> = {}) {
  const pair = await withModel(options);
  const before = pair.server.of("retrieve_future").length;
  pair.server.fault = ({ endpoint, nth }) => (endpoint === "retrieve_future" ? faults[nth - before] : undefined);
  const result = await pair.model.forward(datums(1)).then(
    ({ outputs }) => outputs.length,
    (error: unknown) => error as TinkerFailure,
  );
  return { ...pair, result, polls: pair.server.of("retrieve_future").slice(before) };
}

describe("a result that is not there yet", () => {
  it.each<[string, Fault]>([
    ["408 after the server's own limit", detail(408, "Timeout waiting for result")],
    ["a connection that ends", "reset"],
    ["429", detail(429, "slower")],
    ["503", detail(503, "no worker")],
    ["500 as a text", { status: 500, body: "Internal Server Error" }],
    ["try_again", { status: 200, body: { type: "try_again", request_id: "2", queue_state: "paused_capacity" } }],
    ["metadata alone", { status: 200, body: { status: "complete_metadata", response_payload_size: 3 } }],
  ])("%s: asked again, and submitted once", async (_, fault) => {
    const { result, polls, server } = await polled([fault, fault]);
    expect(result).toBe(1);
    expect(polls).toHaveLength(3);
    expect(server.of("forward")).toHaveLength(1);
  });

  it("a server that holds the question is asked again after pollMs", async () => {
    const { result, polls, client } = await polled(["hang", "hang"], { timeouts: { pollMs: 200 } });
    expect(result).toBe(1);
    expect(polls).toHaveLength(3);
    expect(client.ledger.polls).toBe(4);
  });

  it("a result that never comes is given up after resultMs", async () => {
    const pair = await withModel({ timeouts: { pollMs: 100, resultMs: 600 } });
    pair.server.fault = ({ endpoint }) => (endpoint === "retrieve_future" ? "hang" : undefined);
    const thrown: unknown = await pair.model.optimStep(ADAM).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ reason: "late", effect: "unknown" });
    expect((thrown as Error).message).toContain("optim_step: request 2 was not finished in 1 s");
    expect(pair.server.of("retrieve_future").length).toBeGreaterThanOrEqual(2);
  });

  it("408 without a pause is no storm of questions", async () => {
    const pair = await withModel({ timeouts: { resultMs: 500 } });
    pair.server.fault = ({ endpoint }) => (endpoint === "retrieve_future" ? detail(408, "Timeout") : undefined);
    await expect(pair.model.forward(datums(1))).rejects.toMatchObject({ reason: "late" });
    expect(pair.server.of("retrieve_future").length).toBeLessThan(30);
  });
});

describe("a failure that the server reports", () => {
  it.each<[string, Fault]>([
    ["400", detail(400, "LoRA rank r must be between 1 and 8")],
    ["422 (TuFT)", detail(422, "LoRA rank r must be between 1 and 8")],
    [
      "200 with error and category",
      { status: 200, body: { error: "LoRA rank r must be between 1 and 8", category: "user" } },
    ],
  ])("%s is final", async (_, fault) => {
    const { result, polls, server } = await polled([fault]);
    expect(result).toMatchObject({ reason: "failed", effect: "none" });
    expect((result as Error).message).toBe("forward failed on the server: LoRA rank r must be between 1 and 8");
    expect(polls).toHaveLength(1);
    expect(server.of("forward")).toHaveLength(1);
  });

  it("a request that is not known any more, and a model that is not loaded", async () => {
    expect((await polled([detail(404, "Future not found")])).result).toMatchObject({ reason: "lost", status: 404 });
    const unloaded = await polled([detail(400, "Model model_2 not loaded")]);
    expect(unloaded.result).toMatchObject({ reason: "model-lost" });
  });

  it("402 says that the service wants money", async () => {
    expect((await polled([detail(402, "billing paused")])).result).toMatchObject({ reason: "unpaid", status: 402 });
  });

  it("410: the very same request is submitted again", async () => {
    const { result, server } = await polled([detail(410, "promise expired")]);
    expect(result).toBe(1);
    const bodies = server.of("forward").map(({ raw }: Call) => raw.toString());
    expect(bodies).toEqual([bodies[0], bodies[0]]);
  });

  it("410 again and again is a lost request", async () => {
    const gone = detail(410, "promise expired");
    expect((await polled([gone, gone, gone])).result).toMatchObject({ reason: "lost", effect: "unknown" });
  });

  it("an answer that is no result of this protocol", async () => {
    const { result } = await polled([{ status: 200, body: { hello: "world" } }]);
    expect((result as Error).message).toContain("forward: the server's answer is not one of this protocol");
  });
});

describe("a poisoned batch", () => {
  /** Datums of token 7 are bad: every pass that was open beside one fails with its message. */
  async function poisoned(requests: number) {
    const pair = await withModel();
    const others = await Promise.all([2, 3].map((seed) => createAnother(pair.client, seed)));
    pair.server.result = (call) => {
      if (call.endpoint !== "forward") return undefined;
      const isBad = call.raw.toString().includes('"tokens":[7]');
      const inCompany = pair.server.of("forward").length <= requests;
      return isBad || inCompany ? detail(400, "Sequence length 40 exceeds max_length 32") : undefined;
    };
    return { ...pair, models: [pair.model, ...others] };
  }

  it("good requests are submitted again alone and succeed; the bad one fails with its own message", async () => {
    const { models, server, client, notices } = await poisoned(3);
    const results = await Promise.allSettled(
      models.map((model, i) => model.forward([{ tokens: [i === 1 ? 7 : 1], targetTokens: [2] }])),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({
      reason: { reason: "failed", message: expect.stringContaining("exceeds max_length 32") },
    });
    expect(server.of("forward")).toHaveLength(6);
    expect(client.ledger.resubmitted).toBe(3);
    expect(notices).toHaveLength(1);
  });

  it("is not submitted again for a model that has been stepped since", async () => {
    const { models, server } = await poisoned(2);
    const [first, second] = models;
    if (first === undefined || second === undefined) throw new Error("three models were made");
    const passes = [first, second].map((model) => model.forward([{ tokens: [1], targetTokens: [2] }]));
    const step = first.optimStep(ADAM);
    const results = await Promise.allSettled(passes);
    await step;
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(results[0]).toMatchObject({
      reason: { message: expect.stringContaining("its model has taken a step since") },
    });
    expect(server.of("forward")).toHaveLength(3);
  });

  it("a gradient of which a part was added says that its effect is unknown", async () => {
    const { server, model } = await withModel({ maxChunkDatums: 1 });
    server.result = (call) =>
      call.endpoint === "forward_backward" && call.body["seq_id"] === 2 ? detail(400, "out of memory") : undefined;
    const pass = model.forwardBackward(datums(2), LOSS);
    const step = model.optimStep(ADAM);
    await expect(pass).rejects.toMatchObject({ reason: "failed", effect: "unknown" });
    await step;
  });
});

async function createAnother(client: Awaited<ReturnType<typeof withModel>>["client"], seed: number) {
  return client.createModel({
    baseModel: "/models/qwen3-tiny",
    rank: 8,
    seed,
    limits: { vocabularySize: 259, maxSequenceTokens: 64 },
  });
}
