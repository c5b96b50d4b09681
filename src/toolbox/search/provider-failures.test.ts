import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { type ApiServer, apiServer } from "./testing/api-server.ts";
import { failure, KEY, search, told } from "./testing/ask-provider.ts";

let api: ApiServer;
beforeAll(async () => {
  api = await apiServer();
});
afterAll(() => api.close());

describe("failures are told apart", () => {
  it.each([
    [
      401,
      { message: "Unauthorized.", statusCode: 401 },
      {},
      "serper (HOST) refuses the key (status 401): Unauthorized.",
      false,
      null,
    ],
    [
      400,
      { message: "Not enough credits", statusCode: 400 },
      {},
      "serper (HOST) answers with status 400: Not enough credits",
      false,
      null,
    ],
    [
      432,
      { detail: { error: "over the limit" } },
      {},
      "serper (HOST) says that the plan is used up (status 432): over the limit",
      false,
      null,
    ],
    [
      429,
      { error: "slow" },
      { "retry-after": "2.5" },
      "serper (HOST) says that there were too many requests (status 429): slow",
      true,
      2500,
    ],
    [429, "", {}, "serper (HOST) says that there were too many requests (status 429)", true, null],
    [
      429,
      "",
      { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" },
      "serper (HOST) says that there were too many requests (status 429)",
      true,
      0,
    ],
    [
      429,
      "",
      { "retry-after": "86400" },
      "serper (HOST) says that there were too many requests (status 429)",
      false,
      null,
    ],
    [503, "<html>busy</html>", { "retry-after": "1" }, "serper (HOST) answers with status 503", true, 1000],
    [500, "oh\nno", {}, "serper (HOST) answers with status 500: oh no", true, null],
    [
      302,
      "",
      { location: "http://127.0.0.1:1/steal" },
      "serper (HOST) sends elsewhere (status 302), which is not followed: check baseUrl",
      false,
      null,
    ],
    [200, "<html>hello</html>", {}, "serper answers with what is no JSON: <html>hello</html>", false, null],
    [200, "", {}, "serper answers with what is no JSON: nothing", true, null],
    [
      200,
      { organic: [{ title: 5 }] },
      {},
      expect.stringContaining("serper answers with what is no list of results: "),
      false,
      null,
    ],
  ])("status %i %j", async (status, body, headers, message, retryable, after) => {
    api.answer(status, body, headers);
    expect(told(api, await failure(api, { provider: "serper" }))).toEqual([message, retryable, after]);
  });

  it("brave says when its windows begin anew", async () => {
    api.answer(429, "", { "x-ratelimit-remaining": "0, 900", "x-ratelimit-reset": "1, 1419704" });
    expect(await failure(api, { provider: "brave" })).toMatchObject({ retryable: true, retryAfterMs: 1000 });
    // The month's quota is used up: nothing to wait for.
    api.answer(429, "", { "x-ratelimit-remaining": "0, 0", "x-ratelimit-reset": "1, 1419704" });
    expect((await failure(api, { provider: "brave" })).retryable).toBe(false);
    api.answer(429, "", { "x-ratelimit-remaining": "", "x-ratelimit-reset": "x" });
    expect(told(api, await failure(api, { provider: "brave" })).slice(1)).toEqual([true, null]);
  });

  it("never show the key, even where the server says it", async () => {
    api.answer(401, { error: `bad key ${KEY}` });
    expect((await failure(api, { provider: "tavily" })).message).toContain("bad key …");
    api.answer(200, `your key is ${KEY}`);
    expect((await failure(api, { provider: "tavily" })).message).not.toContain(KEY);
  });

  it("a connection that breaks, one that is refused, and one that never ends", async () => {
    api.respond = (response) => void response.destroy();
    expect(await failure(api, { provider: "serper" })).toMatchObject({ retryable: true });
    expect(await failure(api, { provider: "serper", baseUrl: "http://127.0.0.1:1" })).toMatchObject({
      retryable: true,
    });
    api.respond = (response) => {
      response.writeHead(200);
      const more = (): void =>
        void (response.destroyed || response.write("x".repeat(2 ** 20), () => setImmediate(more)));
      more();
    };
    expect(told(api, await failure(api, { provider: "serper" }))).toEqual([
      "serper answers with more than 8388608 bytes",
      false,
      null,
    ]);
  });

  it("an answer that unpacks to a hundred times its size is left early", async () => {
    const packed = gzipSync(Buffer.alloc(64 * 2 ** 20));
    api.respond = (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(packed);
    };
    expect(told(api, await failure(api, { provider: "tavily" }))).toEqual([
      "tavily answers with more than 8388608 bytes",
      false,
      null,
    ]);
  });

  it("a search that is stopped says why", async () => {
    api.respond = () => undefined;
    const stop = new AbortController();
    const searching = search(api, { provider: "serper" }, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("time is up")), 50);
    expect(await rejectionMessage(searching)).toBe("time is up");
  });
});
