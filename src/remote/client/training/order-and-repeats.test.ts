/** Order of submits, numbers, and what is sent again after which fault. */
import { describe, expect, it } from "vitest";
import { TinkerFailure } from "../failure.ts";
import type { RemoteModel } from "../tinker-client.ts";
import { type Call, detail } from "../testing/played-server.ts";
import { ADAM, datums, times, withModel } from "../testing/with-client.ts";

const LOSS = { name: "cross_entropy" } as const;

const seqIds = (calls: readonly Call[]): unknown[] => calls.map(({ body }) => body["seq_id"]);
const training = (calls: readonly Call[]): readonly Call[] =>
  calls.filter(({ endpoint }) => ["forward", "forward_backward", "optim_step", "save_weights"].includes(endpoint));

async function failure(promise: Promise<unknown>): Promise<TinkerFailure> {
  const thrown: unknown = await promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TinkerFailure);
  return thrown as TinkerFailure;
}

/** Everything that is asked of a model in one step, none of it awaited before the next. */
function step(model: RemoteModel): Promise<unknown[]> {
  return Promise.all([
    model.forward(datums(2)),
    model.forwardBackward(datums(3), LOSS),
    model.optimStep(ADAM),
    model.saveWeights("after-1"),
  ]);
}

describe("order", () => {
  it("submits calls in the order they were made, numbered from 1, one at a time", async () => {
    const { server, model } = await withModel();
    await step(model);
    const calls = training(server.calls);
    expect(calls.map(({ endpoint }) => endpoint)).toEqual([
      "forward",
      "forward_backward",
      "optim_step",
      "save_weights",
    ]);
    expect(seqIds(calls)).toEqual([1, 2, 3, 4]);
  });

  it("keeps the order when a submit in the middle is tried again", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) =>
      endpoint === "forward_backward" && nth < 3 ? detail(503, "busy") : undefined;
    await step(model);
    const order = training(server.calls).map(({ endpoint }) => endpoint);
    expect(order).toEqual(["forward", ...Array<string>(4).fill("forward_backward"), "optim_step", "save_weights"]);
    expect(seqIds(server.of("forward_backward"))).toEqual([2, 2, 2, 2]);
  });

  it("a refused request leaves its number to the next", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) => (endpoint === "forward" && nth === 0 ? detail(422, "no") : undefined);
    expect((await failure(model.forward(datums(1)))).reason).toBe("invalid");
    await model.forward(datums(1));
    expect(seqIds(server.of("forward"))).toEqual([1, 1]);
  });

  it("cuts a large call and puts its results together in order", async () => {
    const { server, model, client } = await withModel({ maxChunkDatums: 3 });
    const data = datums(8);
    const { outputs, metrics } = await model.forwardBackward(data, LOSS);
    expect(server.of("forward_backward").map(({ body }) => lengthOf(body))).toEqual([3, 3, 2]);
    expect(outputs.map(({ logprobs }) => [...logprobs].map((x) => -x + 0))).toEqual(
      data.map(({ targetTokens }) => targetTokens),
    );
    expect(metrics).toEqual({ "loss:sum": 8 });
    expect(client.ledger.wire).toBe("json");
  });
});

function lengthOf(body: Record<string, unknown>): number {
  return (body["forward_backward_input"] as { readonly data: unknown[] }).data.length;
}

describe("an answer that is lost", () => {
  it("a connection that ends before the server read the request: sent again under the same number", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) => (endpoint === "forward_backward" && nth === 0 ? "reset" : undefined);
    await model.forwardBackward(datums(1), LOSS);
    expect(seqIds(server.of("forward_backward"))).toEqual([1, 1]);
    // Two equal passes of one token showed that repeats are known.
    expect(seqIds(server.of("forward"))).toEqual([2, 2]);
  });

  it("a connection that ends after: the server knows the repeat, and its gradient is added once", async () => {
    const { server, model, client } = await withModel();
    server.fault = ({ endpoint, nth }) =>
      (endpoint === "forward_backward" || endpoint === "optim_step") && nth === 0 ? "lose" : undefined;
    await model.forwardBackward(datums(1), LOSS);
    await model.optimStep(ADAM);
    expect(server.of("forward_backward").map(({ raw }) => raw.toString())).toEqual(
      Array(2).fill(server.of("forward_backward")[0]?.raw.toString()),
    );
    expect(seqIds(server.of("optim_step"))).toEqual([3, 3]);
    expect(server.of("forward")).toHaveLength(2);
    expect(client.ledger.retries).toBe(2);
  });

  it("where repeats are not known: not sent again, and the failure says that it may have taken effect", async () => {
    const { server, model, notices } = await withModel({}, { deduplicates: false });
    server.fault = ({ endpoint, nth }) => (endpoint === "optim_step" && nth === 0 ? "lose" : undefined);
    const { reason, effect, message } = await failure(model.optimStep(ADAM));
    expect([reason, effect]).toEqual(["unreachable", "unknown"]);
    expect(message).toContain("optim_step: the request was sent but its answer was lost");
    expect(server.of("optim_step")).toHaveLength(1);
    expect(notices).toEqual([
      "the server takes a repeated request for a new one: a training request whose answer is lost cannot be sent again",
    ]);
  });

  it("a pass without gradient is sent again in any case", async () => {
    const { server, model } = await withModel({}, { deduplicates: false });
    server.fault = ({ endpoint, nth }) => (endpoint === "forward" && nth === 0 ? "lose" : undefined);
    await model.forward(datums(2));
    expect(server.of("forward")).toHaveLength(2);
  });

  it("409 on a save after a lost answer: it was submitted, and is found in the list", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) => (endpoint === "save_weights" && nth === 0 ? "lose" : undefined);
    expect(await model.saveWeights("step-1")).toBe(`tinker://${model.id}/weights/step-1`);
    expect(server.of("save_weights")).toHaveLength(2);
  });

  it("409 on a save that nobody lost is the name's", async () => {
    const { model } = await withModel();
    await model.saveWeights("step-1");
    const { reason, message } = await failure(model.saveWeights("step-1"));
    expect(reason).toBe("exists");
    expect(message).toBe(`save_weights: the server says: Checkpoint 'step-1' already exists for model '${model.id}'`);
  });

  it("a save for a sampler whose answer is lost is made again under fresh numbers", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) => (endpoint === "save_weights_for_sampler" && nth === 0 ? "lose" : undefined);
    const sampler = await model.saveForSampler();
    expect(server.of("save_weights_for_sampler").map(({ body }) => body["sampling_session_seq_id"])).toEqual([0, 0, 1]);
    expect(sampler.id).toBe("sampling_1");
  });
});

describe("statuses of a submit", () => {
  it.each([408, 425, 429, 500, 502, 503, 504])("%i is tried again", async (status) => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) => (endpoint === "forward" && nth < 2 ? detail(status, "not now") : undefined);
    await model.forward(datums(1));
    expect(server.of("forward")).toHaveLength(3);
  });

  it("429 waits as long as the server says", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint, nth }) =>
      endpoint === "forward" && nth === 0 ? { ...detail(429, "slower"), headers: { "retry-after": "0.3" } } : undefined;
    const startedMs = performance.now();
    await model.forward(datums(1));
    expect(performance.now() - startedMs).toBeGreaterThan(290);
  });

  it("a text as the body of a 500 that stays is told, after four tries", async () => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint }) =>
      endpoint === "forward" ? { status: 500, body: "Internal Server Error" } : undefined;
    const { reason, status, message } = await failure(model.forward(datums(1)));
    expect([reason, status, message]).toEqual(["failed", 500, "forward: the server says: Internal Server Error"]);
    expect(server.of("forward")).toHaveLength(4);
  });

  it.each([
    [401, "unauthorized", "no key"],
    [402, "unpaid", "billing"],
    [404, "model-lost", "Model not found"],
    [409, "invalid", "Training request sequence number was reused"],
    [413, "invalid", "too large"],
  ])("%i is final: %s", async (status, reason, text) => {
    const { server, model } = await withModel();
    server.fault = ({ endpoint }) => (endpoint === "forward" ? detail(status, text) : undefined);
    const found = await failure(model.forward(datums(1)));
    expect([found.reason, found.status]).toEqual([reason, status]);
    expect(server.of("forward")).toHaveLength(1);
  });

  it("findings of a 422 are told without the request that they repeat", async () => {
    const { server, model } = await withModel();
    const finding = { type: "int_parsing", loc: ["body", "seq_id"], msg: "not an integer", input: "x".repeat(100_000) };
    server.fault = ({ endpoint }) =>
      endpoint === "forward" ? { status: 422, body: { detail: times(5, finding) } } : undefined;
    const { message } = await failure(model.forward(datums(1)));
    expect(message).toBe(
      `forward: the server says: ${Array(3).fill("body.seq_id: not an integer").join("; ")} (and 2 more)`,
    );
  });
});
