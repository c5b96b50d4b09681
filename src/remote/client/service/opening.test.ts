/** What happens before the first request is computed: opening a client, making a model, and what is refused without being sent. */
import { describe, expect, it } from "vitest";
import { openTinkerClient } from "../open-client.ts";
import { PlayedServer } from "../testing/played-server.ts";
import { ADAM, BASE_MODEL, LIMITS, withClient, withModel } from "../testing/with-client.ts";

const MODEL = { baseModel: BASE_MODEL, rank: 8, seed: 1, limits: LIMITS };

describe("opening", () => {
  it("says soon that nobody is there", async () => {
    const server = await PlayedServer.start();
    await server.stop();
    await expect(
      openTinkerClient({ url: server.url, environment: {}, timeouts: { openMs: 100 } }),
    ).rejects.toMatchObject({
      reason: "unreachable",
      message: expect.stringContaining(`connecting to ${server.url}: no answer from ${server.url}`),
    });
  });

  it("says that another kind of server answers", async () => {
    const server = await PlayedServer.start();
    server.fault = () => ({ status: 200, body: "<html>" });
    await expect(openTinkerClient({ url: server.url, environment: {} })).rejects.toThrow(
      "is not one of this protocol: no JSON",
    );
    await server.stop();
  });

  it("sends the key of the variable that is named, and one that any server takes if there is none", async () => {
    const { server } = await withClient({ apiKeyVariable: "MY_KEY", environment: { MY_KEY: "tml-secret" } });
    const other = await withClient();
    expect(server.of("create_session")[0]?.headers["x-api-key"]).toBe("tml-secret");
    expect(other.server.of("create_session")[0]?.headers["x-api-key"]).toBe("tml-dummy");
  });

  it.each([
    [{ url: "not an address" }, 'url: "not an address" is no address of a Tinker server'],
    [{ url: "http://user:word@host" }, "url: the address of a Tinker server must not hold a user or a password"],
    [{ environment: { TINKER_API_KEY: "tml-x\n" } }, "the environment variable TINKER_API_KEY holds no key"],
    [{ concurrentSamples: 0 }, "concurrentSamples is 0"],
    [{ timeouts: { pollMs: Number.NaN } }, "timeouts.pollMs is NaN"],
  ])("refuses %j", async (options, message) => {
    await expect(openTinkerClient({ url: "http://127.0.0.1:1", environment: {}, ...options })).rejects.toThrow(message);
  });
});

describe("the model", () => {
  it("is refused before it is made if the server has another", async () => {
    const { server, client } = await withClient();
    await expect(client.createModel({ ...MODEL, baseModel: "Qwen/Qwen3-8B" })).rejects.toMatchObject({
      reason: "invalid",
      message: [
        'the server does not train "Qwen/Qwen3-8B"',
        'found: "/models/qwen3-tiny"',
        "to fix: set the model to the server's, or start the server with the model that you want",
      ].join("\n  "),
    });
    expect(server.of("create_model")).toHaveLength(0);
  });

  it("is freed again if what was made is another, whatever the server had said", async () => {
    const { server, client } = await withClient();
    server.result = ({ endpoint, body }) =>
      endpoint === "create_model"
        ? { status: 200, body: { model_id: body["model_id"], base_model: "/models/other" } }
        : undefined;
    await expect(client.createModel(MODEL)).rejects.toThrow(
      'the server does not train "/models/qwen3-tiny"\n  found: "/models/other"',
    );
    expect(server.of("unload_model")).toHaveLength(1);
  });

  it("takes no longer sequences than its server says", async () => {
    const server = await PlayedServer.start();
    server.fault = ({ endpoint }) =>
      endpoint === "get_server_capabilities"
        ? { status: 200, body: { supported_models: [{ model_name: BASE_MODEL, max_context_length: 8 }] } }
        : undefined;
    const client = await openTinkerClient({ url: server.url, environment: {} });
    const model = await client.createModel(MODEL);
    const ids = Array.from({ length: 9 }, () => 1);
    await expect(model.forward([{ tokens: ids, targetTokens: ids }])).rejects.toThrow("datum 0 has 9 tokens");
    await client.close();
    await server.stop();
  });

  it("is known by the last part of the server's folder", async () => {
    const { client } = await withClient();
    expect((await client.createModel({ ...MODEL, baseModel: "Qwen/qwen3-tiny" })).baseModel).toBe("Qwen/qwen3-tiny");
  });

  it("loads weights as its first call only, of a path of weights", async () => {
    const { server, client, model } = await withModel();
    const path = await model.saveWeights("step-1");
    await expect(model.loadWeights(path, { optimizer: true })).rejects.toMatchObject({ reason: "invalid" });
    const fresh = await client.createModel(MODEL);
    await fresh.loadWeights(path, { optimizer: true });
    expect(server.of("load_weights")[0]?.body).toMatchObject({ path, optimizer: true, seq_id: 1 });
    const third = await client.createModel(MODEL);
    await expect(third.loadWeights("/etc/passwd", { optimizer: true })).rejects.toThrow(
      '"/etc/passwd" is no path of weights',
    );
    expect(server.of("load_weights")).toHaveLength(1);
  });

  it("an answer to create_model that was lost: made again, and told that one may be left", async () => {
    const { server, client, notices } = await withClient();
    server.fault = ({ endpoint, nth }) => (endpoint === "create_model" && nth === 0 ? "lose" : undefined);
    await client.createModel(MODEL);
    expect(server.of("create_model")).toHaveLength(2);
    expect(notices).toEqual([
      "the answer to create_model was lost: a model nobody uses may hold a place until the session ends",
    ]);
  });
});

describe("refused before it is sent", () => {
  it.each<[string, Parameters<Awaited<ReturnType<typeof withModel>>["model"]["forwardBackward"]>]>([
    ["forward_backward: a forward pass over no data", [[], { name: "cross_entropy" }]],
    [
      "forward_backward: datum 0: target_tokens has 1 entries",
      [[{ tokens: [1, 2], targetTokens: [2] }], { name: "cross_entropy" }],
    ],
    [
      "forward_backward: datum 0: tokens: token 0 is -1",
      [[{ tokens: [-1], targetTokens: [2] }], { name: "cross_entropy" }],
    ],
    [
      "forward_backward: datum 0 has 65 tokens",
      [[{ tokens: Array(65).fill(1), targetTokens: Array(65).fill(1) }], { name: "cross_entropy" }],
    ],
    [
      "forward_backward: datum 0 has no logprobs",
      [[{ tokens: [1], targetTokens: [2] }], { name: "importance_sampling" }],
    ],
    [
      "forward_backward: datum 0: advantages has NaN at 0",
      [[{ tokens: [1], targetTokens: [2], logprobs: [-1], advantages: [Number.NaN] }], { name: "importance_sampling" }],
    ],
  ])("%s", async (message, [data, loss]) => {
    const { server, model } = await withModel();
    await expect(model.forwardBackward(data, loss)).rejects.toMatchObject({
      reason: "invalid",
      message: expect.stringContaining(message),
    });
    await expect(model.optimStep({ ...ADAM, learningRate: -1 })).rejects.toThrow(
      "optim_step: adam_params: learning_rate is -1",
    );
    expect([...server.of("forward_backward"), ...server.of("optim_step")]).toHaveLength(0);
  });
});
