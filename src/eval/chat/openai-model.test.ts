import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { attempt, script } from "../testing/chat-attempts.ts";
import { fails, says, scriptedApi } from "../testing/scripted-api.ts";
import { openChatModel } from "./openai-model.ts";
import { serverOptionsSchema } from "./server-options.ts";

describe("a server that fails leaves a failed attempt, never a wrong one", () => {
  it.each([
    ["500 again and again", () => fails(500), "the server answered 500 broken"],
    ["400", () => fails(400), "the server answered 400 broken"],
    ["no JSON", () => (response: ServerResponse) => void response.end("<html>"), "no chat completion"],
    ["no choices", () => ({ choices: [] }), "no chat completion"],
    ["another shape", () => ({ choices: [{ message: { content: 7 } }] }), "no chat completion"],
    [
      "a connection that breaks",
      () => (response: ServerResponse) => void response.destroy(),
      "no reply: Connection error",
    ],
  ] as const)("%s", async (_, answer, why) => {
    const { trajectory } = await attempt(answer);
    expect(trajectory).toMatchObject({ end: "failed", reward: null, answer: null });
    expect(trajectory.why).toContain(why);
  });

  it("429 and 503 are tried again", async () => {
    const { trajectory, requests } = await attempt(script(fails(429), fails(503), says("Paris")), {}, { retries: 3 });
    expect(trajectory.reward?.correct).toBe(true);
    expect(requests).toHaveLength(3);
  });

  it("a reply without end is given up", async () => {
    const endless = (response: ServerResponse): void => {
      response.writeHead(200, { "content-type": "application/json" });
      const timer = setInterval(() => response.write("x".repeat(1024)), 20);
      response.on("close", () => clearInterval(timer));
    };
    const { trajectory } = await attempt(() => endless, {}, { timeoutMs: 300, retries: 0 });
    expect(trajectory).toMatchObject({ end: "failed" });
    expect(trajectory.why).toContain("timed out");
  });

  it("a reply that is larger than any is given up", async () => {
    const large = (response: ServerResponse): void => {
      response.on("error", () => {});
      for (let i = 0; i < 40; i++) response.write("x".repeat(1024 * 1024));
      response.end();
    };
    const { trajectory } = await attempt(() => large, {}, { retries: 0, timeoutMs: 60_000 });
    expect(trajectory.why).toContain("longer than 33554432 bytes");
  });

  it("tokens that the server does not tell are not 0", async () => {
    const { trajectory } = await attempt(script({ choices: [{ message: { content: "Paris" } }] }));
    expect(trajectory.tokens).toEqual({ written: null, path: null, billed: null });
  });

  it("an environment that cannot be built", async () => {
    const environment = { initial: () => Promise.reject(new Error("no database")) };
    const { trajectory } = await attempt(() => says("Paris"), { environment });
    expect(trajectory).toMatchObject({ end: "tool-failure", why: "no database" });
  });
});

describe("what would fail every attempt ends the evaluation", () => {
  it.each([
    [401, /refused the key[^]*AEPO_API_KEY/],
    [404, /does not know what was asked for[^]*server\.model/],
  ])("%d", async (status, message) => {
    await expect(attempt(() => fails(status))).rejects.toThrow(message);
  });

  it("a server that is not there, before the first question", async () => {
    const options = serverOptionsSchema.parse({ retries: 0 });
    const gone = await scriptedApi(() => ({}));
    await gone.close();
    const open = openChatModel({ url: gone.url, apiKey: null, options }, new AbortController().signal);
    await expect(open).rejects.toThrow(
      /^no reply: Connection error\.: .*ECONNREFUSED.* \(http:\/\/127\.0\.0\.1:\d+\/v1\)\n/,
    );
  });

  it("the only model of a server needs no name; of several one is to be named", async () => {
    const list = (...ids: string[]): object => ({ object: "list", data: ids.map((id) => ({ id })) });
    const options = serverOptionsSchema.parse({});
    const open = async (...ids: string[]): Promise<string> => {
      const api = await scriptedApi(() => list(...ids));
      const model = openChatModel({ url: `${api.url}/v1/`, apiKey: null, options }, new AbortController().signal);
      return (await model.finally(() => api.close())).name;
    };
    expect(await open("one")).toBe("one");
    await expect(open("one", "two")).rejects.toThrow(
      /has 2 models\n {2}found: one, two\n {2}to fix: name one: --set server\.model=NAME$/,
    );
    await expect(open()).rejects.toThrow(/has no model/);
  });
});
