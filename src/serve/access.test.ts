import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { isLoopback } from "./access.ts";
import { type TinyServer, tinyServer } from "./testing/tiny-server.ts";

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer();
}, 60_000);
afterAll(() => tiny.close());

/** fetch sets the host itself. */
function get(url: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(`${response.statusCode} ${text}`));
    });
    asked.once("error", reject);
    asked.end();
  });
}

describe("access", () => {
  it("this machine alone, unless there is a key", async () => {
    expect(await rejectionMessage(tiny.start({ host: "0.0.0.0" }))).toBe(
      "--host 0.0.0.0 without an API key: everybody who can reach this machine could use the model\n  to fix: set AEPO_API_KEY, or leave --host out to serve this machine only",
    );
    expect(await rejectionMessage(tiny.start({ apiKey: "short" }))).toBe(
      "the API key is too easy\n  expected: at least 8 characters, no white space at its ends",
    );
    expect(["127.0.0.1", "127.8.8.8", "localhost", "::1"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["0.0.0.0", "::", "127.0.0.1.evil.org", "192.168.1.4", ""].map(isLoopback)).toEqual(Array(5).fill(false));
  });

  it("with a key nobody is answered without it", async () => {
    const { url } = await tiny.start({ apiKey: "a-long-secret" });
    const models = `${url}/v1/models`;
    expect(await get(models, {})).toBe(
      '401 {"error":{"message":"no API key was given: send it as Authorization: Bearer KEY","type":"authentication_error","param":null,"code":"invalid_api_key"}}',
    );
    for (const wrong of ["Bearer a-long-secre", "Bearer a-long-secret2", "Basic a-long-secret"]) {
      expect((await get(models, { authorization: wrong })).slice(0, 3)).toBe("401");
    }
    expect((await get(models, { authorization: "Bearer a-long-secret" })).slice(0, 3)).toBe("200");
    expect((await get(models, { authorization: "Bearer a-long-secret", host: "model.example" })).slice(0, 3)).toBe(
      "200",
    );
  });

  it("without one, a page whose name resolves to this machine is not answered", async () => {
    const models = `${tiny.server.url}/v1/models`;
    expect(await get(models, { host: "evil.example:8080" })).toBe(
      '403 {"error":{"message":"requests for the host \\"evil.example:8080\\" are not answered: this server is for this machine only","type":"invalid_request_error","param":null,"code":null}}',
    );
    expect((await get(models, { host: "localhost:8080" })).slice(0, 3)).toBe("200");
    expect((await get(models, { host: "[::1]:8080" })).slice(0, 3)).toBe("200");
  });

  it("a port that is taken", async () => {
    const port = Number(new URL(tiny.server.url).port);
    expect(await rejectionMessage(tiny.start({ port }))).toBe(
      `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n  to fix: give another --port, or --port 0 for one that is free`,
    );
  });
});
