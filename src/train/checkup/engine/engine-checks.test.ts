import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TinyTinker, TINY_NAME, tinyTinker } from "../../../serve/tinker/testing/tiny-tinker.ts";
import type { TinkerServer } from "../../../serve/tinker/start-tinker-server.ts";
import { allRequiredWork, type Finding } from "../finding.ts";
import { examineEngine } from "./engine-checks.ts";
import type { EngineAddress } from "./remote-engine.ts";

let tiny: TinyTinker;
const servers: (TinkerServer | Server)[] = [];
beforeAll(async () => {
  tiny = await tinyTinker();
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await tiny.close();
});

const KEY = "0123456789abcdef";

async function look(url: string, given: Partial<EngineAddress> = {}, environment = {}): Promise<Finding[]> {
  const address = { url, model: null, rank: 4, apiKeyVariable: "TINKER_API_KEY", ...given };
  const told: Finding[] = [];
  const { signal } = new AbortController();
  const findings = await examineEngine({
    address,
    signal,
    environment,
    onFinding: (finding) => told.push(finding),
    openMs: 300,
  });
  expect(told).toEqual(findings);
  return findings;
}

async function broken(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("finds out what our own server can do, by doing it, and leaves nothing behind", async () => {
  const server = await tiny.start();
  servers.push(server);
  const findings = await look(server.url);
  const of = (name: string): Finding => findings.find((finding) => finding.name === name) as Finding;
  expect(findings.map(({ name, state }) => [name, state])).toEqual([
    ["connection", "works"],
    ["models", "works"],
    ["adapter", "works"],
    ["sampling", "works"],
    ["training", "works"],
    ["agreement", "works"],
    ["form", "works"],
    ["reduction", "works"],
    ["optimiser", "works"],
    ["top-k", "works"],
    ["several adapters", "works"],
    ["routing", "works"],
    ["samplers apart", "works"],
    ["unloading", "works"],
  ]);
  expect(allRequiredWork(findings)).toBe(true);
  expect(of("connection").values).toMatchObject({ url: server.url });
  expect(of("models").found).toContain(TINY_NAME);
  const losses = of("training").values["losses"] as number[];
  expect(losses).toHaveLength(4);
  expect(losses.every((loss, i) => i === 0 || loss < (losses[i - 1] ?? 0))).toBe(true);
  // The embedded engine samples in the very numbers that it trains in.
  expect(Math.max(...Object.values(of("agreement").values).map(Number))).toBeLessThan(1e-4);
  expect(of("form").values).toEqual({ wire: "protobuf" });
  expect(of("reduction").values).toEqual({ reduction: "sum", reportsNorm: true });
  expect(of("optimiser").values).toEqual({ epsilon: true, betas: true, weightDecay: true, maxGradientNorm: true });
  expect(of("samplers apart").values).toEqual({ apart: true });
  expect(server.models).toBe(0);
}, 120_000);

it("names the model that is not there, and asks which where there is a choice", async () => {
  const server = await tiny.start({ reduction: "mean" });
  servers.push(server);
  const [, models] = await look(server.url, { model: "owner/other" });
  expect(models).toMatchObject({
    name: "models",
    state: "fails",
    found: `the server has no model "owner/other"; found: ${TINY_NAME}`,
  });
  const two = await broken((request, response) => {
    const known = {
      "/api/v1/get_server_capabilities": { supported_models: [{ model_name: "a" }, { model_name: "b" }] },
      "/api/v1/create_session": { session_id: "s" },
    };
    response.end(JSON.stringify(known[request.url as keyof typeof known] ?? { status: "ok" }));
  });
  const findings = await look(two);
  expect(findings.map(({ found, fix }) => [found, fix])).toContainEqual([
    "which model is to be looked at?; found: a, b",
    "name one with --model",
  ]);
  expect(allRequiredWork(findings)).toBe(false);
}, 120_000);

it("says why it could not connect: no server, another kind of server, a wrong address", async () => {
  const [unreachable] = await look("http://127.0.0.1:9");
  expect(unreachable).toMatchObject({ name: "connection", state: "fails", required: true });
  expect(unreachable?.found).toMatch(/no answer from http:\/\/127\.0\.0\.1:9/);
  expect(unreachable?.fix).toMatch(/check that the server runs and that its address is right/);
  const page = await broken((_, response) => response.end("<html>It works!</html>"));
  expect((await look(page))[0]?.found).toMatch(/not one of this protocol/);
  const other = await broken((_, response) => response.writeHead(404).end("Not Found"));
  expect((await look(other))[0]).toMatchObject({ state: "fails" });
  const [wrong, ...rest] = await look("localhost:8000");
  expect(wrong).toMatchObject({
    found:
      'url: "localhost:8000" is no address of a Tinker server; expected: http://host:port or https://host/path, with or without /api/v1',
  });
  expect(rest).toEqual([]);
}, 120_000);

it("says that the key was refused, and where it is taken from, without showing it", async () => {
  const server = await tiny.start({ apiKey: KEY });
  servers.push(server);
  const [refused] = await look(server.url, {}, { TINKER_API_KEY: "tml-wrong-secret" });
  expect(refused).toMatchObject({ name: "connection", state: "fails" });
  expect(refused?.fix).toContain("TINKER_API_KEY");
  expect(JSON.stringify(refused)).not.toContain("secret");
  const findings = await look(server.url, { apiKeyVariable: "MY_KEY", model: "none" }, { MY_KEY: KEY });
  expect(findings[0]).toMatchObject({ name: "connection", state: "works" });
}, 120_000);
