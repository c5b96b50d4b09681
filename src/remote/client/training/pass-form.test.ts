/** Protobuf where the server reads it, JSON where it does not: found out once. */
import { describe, expect, it } from "vitest";
import { passFromProtobuf } from "../../../protocol/protobuf/pass-protobuf.ts";
import { forwardResultToProtobuf } from "../../../protocol/protobuf/forward-protobuf.ts";
import { sampleResultToProtobuf } from "../../../protocol/protobuf/sample-protobuf.ts";
import { type Call, detail, type Fault, type PlayedServer } from "../testing/played-server.ts";
import { datums, withModel } from "../testing/with-client.ts";

const LOSS = { name: "cross_entropy" } as const;
const PROTOBUF = { "content-type": "application/x-protobuf" };

const forms = (server: PlayedServer): string[] =>
  server.calls
    .filter(({ endpoint }) => endpoint === "forward" || endpoint === "forward_backward")
    .map(({ endpoint, headers }) => `${endpoint} ${String(headers["content-type"]).replace(/^.*[/-]/, "")}`);

const isProtobuf = ({ headers }: Call): boolean => headers["content-type"] === PROTOBUF["content-type"];

describe("the form of forward passes", () => {
  it("a server that says 500 to protobuf is sent JSON from then on, under the same number", async () => {
    const { server, model, client } = await withModel({ wire: "auto" });
    expect(client.ledger.wire).toBeNull();
    await model.forward(datums(1));
    await model.forwardBackward(datums(1), LOSS);
    expect(forms(server)).toEqual(["forward_backward protobuf", "forward json", "forward_backward json"]);
    expect(server.of("forward")[0]?.body["seq_id"]).toBe(1);
    expect(client.ledger.wire).toBe("json");
  });

  it("a server that reads protobuf is sent it from then on; results are read as protobuf", async () => {
    const { server, model, client } = await withModel({ wire: "auto" }, { readsProtobuf: true, deduplicates: false });
    // The server knows nothing of models in protobuf: what it is sent is read here.
    server.fault = (call) => (isProtobuf(call) ? { status: 200, body: { request_id: `p${call.nth}` } } : undefined);
    const outputs = [{ logprobs: Float32Array.of(-0.5), elementwiseLoss: Float32Array.of(0.5) }];
    const body = Buffer.from(forwardResultToProtobuf({ outputs, metrics: { "loss:sum": 0.5 } }));
    const { fault } = server;
    server.fault = (call) =>
      call.endpoint === "retrieve_future" ? { status: 200, body, headers: PROTOBUF } : fault(call);
    expect(await model.forward(datums(1))).toEqual({ outputs, metrics: { "loss:sum": 0.5 } });
    await model.forwardBackward(datums(1), LOSS);
    expect(forms(server)).toEqual(["forward_backward protobuf", "forward_backward protobuf"]);
    expect(server.of("forward_backward").map(({ raw }) => passFromProtobuf(raw, 8))).toMatchObject([
      { modelId: model.id, seqId: 1, forwardOnly: true },
      { modelId: model.id, seqId: 2, forwardOnly: false },
    ]);
    expect(client.ledger.wire).toBe("protobuf");
    expect(server.of("retrieve_future").at(-1)?.headers.accept).toContain("application/x-protobuf");
  });

  it("a sample's result is read as protobuf, too", async () => {
    const { server, model } = await withModel({ wire: "auto" });
    const sampler = await model.saveForSampler();
    const sequences = [{ tokens: [3, 4], logprobs: [-1, -2], stopReason: "stop" as const }];
    const result = { sequences, promptLogprobs: null, topPromptLogprobs: null, cachedPromptTokens: 2 };
    server.fault = ({ endpoint }) =>
      endpoint === "retrieve_future"
        ? { status: 200, body: Buffer.from(sampleResultToProtobuf(result)), headers: PROTOBUF }
        : undefined;
    const params = { maxTokens: 2, temperature: 1, stop: [] };
    expect(await sampler.sample({ prompt: [1], count: 1, params })).toMatchObject({ sequences, cachedPromptTokens: 2 });
  });

  it.each<[string, (call: Call) => Fault | undefined, string]>([
    [
      "JSON is refused with 415: the refusal of the protobuf was meant",
      (call) => (isProtobuf(call) ? detail(422, "bad loss") : detail(415, "protobuf only")),
      "bad loss",
    ],
    [
      "both are refused: the refusal of the JSON is told",
      (call) => (isProtobuf(call) ? detail(422, "utf-8") : detail(400, "no such loss")),
      "no such loss",
    ],
  ])("%s", async (_, answer, said) => {
    const { server, model, client } = await withModel({ wire: "auto" });
    server.fault = (call) => (call.endpoint.startsWith("forward") ? answer(call) : undefined);
    await expect(model.forward(datums(1))).rejects.toThrow(`forward: the server says: ${said}`);
    expect(client.ledger.wire).toBeNull();
  });

  it("a 500 after the request was recorded: the repeat in protobuf is known", async () => {
    const { server, model, client } = await withModel({ wire: "auto" });
    server.fault = (call) => {
      if (call.endpoint === "retrieve_future" || !call.endpoint.startsWith("forward")) return undefined;
      if (!isProtobuf(call)) return detail(409, "Training request sequence number was reused");
      return call.nth === 0
        ? { status: 500, body: "Internal Server Error" }
        : { status: 200, body: { request_id: "7" } };
    };
    await expect(model.forward(datums(1))).rejects.toMatchObject({ reason: "lost" });
    expect(client.ledger.wire).toBe("protobuf");
  });

  it("is what the options say, without a try", async () => {
    const { server, model } = await withModel({ wire: "json" });
    await model.forward(datums(1));
    expect(forms(server)).toEqual(["forward json"]);
    expect(server.of("retrieve_future").at(-1)?.headers.accept).toBe("application/json");
  });
});
