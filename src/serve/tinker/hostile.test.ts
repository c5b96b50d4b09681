import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, datumJson, type JsonClient, jsonClient } from "./testing/json-client.ts";
import { asample, pass, REFUSED, RL, tensor } from "./testing/refused-requests.ts";
import { type TinyTinker, tinyTinker, TINY_NAME } from "./testing/tiny-tinker.ts";

const TOKENS = [3, 1, 4, 1, 5, 9, 2, 6];
const INPUT = { data: [datumJson(TOKENS)], loss_fn: "cross_entropy" };

let tiny: TinyTinker;
let url: string;
let client: JsonClient;
let model: string;
let session: string;

beforeAll(async () => {
  tiny = await tinyTinker();
  url = (await tiny.start({ holdMs: 200, limits: { bodyBytes: 200_000, models: 12, samples: 8 } })).url;
  client = jsonClient(url, TINY_NAME);
  ({ model, session } = await client.model());
});
afterAll(async () => {
  await tiny.close();
  // Whatever was asked, none of it was the server's own fault.
  expect(tiny.reports).toEqual([]);
});

/** A list of wrong fields as "place: what is wrong". */
function detailText({ body: { detail } }: Answer): string {
  if (typeof detail === "string") return detail;
  return detail.map(({ loc, msg }: { loc: string[]; msg: string }) => `${loc.join(".")}: ${msg}`).join("; ");
}

describe("requests that others take in silence, or hang on", () => {
  it.each(REFUSED)("$name: $path", async ({ path, body, status, text }) => {
    const answer = await client.post(path, { model_id: model, session_id: session, ...body });
    expect(detailText(answer)).toContain(text);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body).length).toBeLessThan(2000);
  });

  it("leave nothing behind: the next step finds no gradient, and the next request its answer", async () => {
    const stepped = await client.call("/optim_step", { model_id: model, adam_params: {} });
    expect(stepped.body.metrics["aepo/datums"]).toBe(0);
    expect((await client.call("/forward", { model_id: model, forward_input: INPUT })).status).toBe(200);
  });
});

describe("bodies", () => {
  it.each<[string, string, Readonly<Record<string, string>>, number, string]>([
    ["that are no JSON", "{oops", {}, 422, "json_invalid"],
    ["that are nested without end", "[".repeat(1000), {}, 422, "json_invalid"],
    ["of a page's form", "a=b", { "content-type": "application/x-www-form-urlencoded" }, 415, "content-type"],
    ["that are no protobuf", "garbage", { "content-type": "application/x-protobuf" }, 400, ""],
    ["that are no zstd", "garbage", { "content-encoding": "zstd" }, 400, "zstd"],
    ["in another coding", "{}", { "content-encoding": "br" }, 415, "br"],
    ["that are too large", JSON.stringify({ x: "x".repeat(300_000) }), {}, 413, "200000"],
  ])("%s", async (_name, body, headers, status, text) => {
    const answer = await client.post("/forward_backward", body, headers);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(text)]);
  });

  it("that end half-way, and clients that go while they wait, cost nobody anything", async () => {
    const { hostname, port } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          "POST /api/v1/asample HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Type: application/json\\r\\nContent-Length: 999\\r\\n\\r\\n{",
        );
        socket.destroy();
        resolve();
      });
    });
    const submitted = await client.post("/asample", asample({ max_tokens: 80, seed: 1 }));
    const controller = new AbortController();
    const gone = fetch(`${url}/api/v1/retrieve_future`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ request_id: submitted.body.request_id }),
      signal: controller.signal,
    });
    controller.abort();
    await expect(gone).rejects.toThrow();
    expect((await client.result(submitted)).body.sequences[0].tokens).toHaveLength(80);
    // The answer may have been lost: it can be asked for again.
    expect((await client.result(submitted)).body.sequences[0].tokens).toHaveLength(80);
  });
});

describe("losses out of range", () => {
  it("fail, and the step after them; weights stay, and so does the server", async () => {
    const { model: own } = await client.model();
    const before = await client.call("/forward", { model_id: own, forward_input: INPUT });
    const wild = pass({ ...RL, logprobs: tensor(new Array(7).fill(-1000)) }, { loss_fn: "importance_sampling" });
    const passed = await client.call("/forward_backward", { model_id: own, ...wild });
    expect([passed.status, passed.body.detail]).toEqual([400, expect.stringContaining("is not finite")]);
    const stepped = await client.call("/optim_step", { model_id: own, adam_params: { learning_rate: 0.1 } });
    expect([stepped.status, stepped.body.detail]).toEqual([400, expect.stringContaining("was dropped")]);
    expect((await client.call("/forward", { model_id: own, forward_input: INPUT })).body).toEqual(before.body);
    expect((await client.call("/forward_backward", { model_id: own, forward_backward_input: INPUT })).status).toBe(200);
    expect((await client.call("/optim_step", { model_id: own, adam_params: {} })).status).toBe(200);
  });
});
