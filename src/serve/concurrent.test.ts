/** Many clients at once, some of them badly behaved: the others' texts are those of asking one by one, and nothing is left. */
import { request as httpRequest } from "node:http";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CACHE_TOKENS, type TinyServer, tinyServer } from "./testing/tiny-server.ts";

const CLIENTS = 16;
const [LEAVES, BROKEN, GREEDY] = [3, 7, 11];

let tiny: TinyServer;
let client: OpenAI;
beforeAll(async () => {
  tiny = await tinyServer();
  client = new OpenAI({ baseURL: `${tiny.server.url}/v1`, apiKey: "none", maxRetries: 0 });
}, 60_000);
afterAll(() => tiny.close());

const ask = (i: number): OpenAI.CompletionCreateParamsStreaming => ({
  model: "tiny",
  prompt: `the client ${"n".repeat(i * 4)} asks`,
  max_tokens: i === GREEDY ? 100_000 : 60 + 5 * i,
  seed: i,
  stream: true,
});

async function streamed(i: number): Promise<string> {
  let text = "";
  for await (const { choices } of await client.completions.create(ask(i))) text += choices[0]?.text ?? "";
  return text;
}

/** Reads a little, then goes. */
async function leave(i: number): Promise<string> {
  const stream = await client.completions.create({ ...ask(i), max_tokens: 200, seed: 2 });
  let chunks = 0;
  for await (const _ of stream) if (++chunks === 2) break;
  return `left after ${chunks} chunks`;
}

async function broken(): Promise<string> {
  const response = await fetch(`${tiny.server.url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model": "tiny", "prompt": ',
  });
  return `${response.status} ${await response.text()}`;
}

function behave(i: number): Promise<string> {
  if (i === LEAVES) return leave(i);
  if (i === BROKEN) return broken();
  return streamed(i).catch((thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
}

/** Resolves once nothing is open; rejects after five seconds. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (tiny.server.open === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${tiny.server.open} requests are still open`);
}

it("16 streams on 8 places: one leaves half-way, one sends broken JSON, one asks for too much", async () => {
  const all = Array.from({ length: CLIENTS }, (_, i) => i);
  const together = await Promise.all(all.map(behave));
  expect(together[LEAVES]).toBe("left after 2 chunks");
  expect(together[BROKEN]).toMatch(
    /^400 \{"error":\{"message":"the body is not JSON: .+","type":"invalid_request_error","param":null,"code":null\}\}$/,
  );
  expect(together[GREEDY]).toMatch(/^400 the context of this model is 256 tokens, and 1000\d\d tokens \(/);
  await quiet();
  const good = all.filter((i) => ![LEAVES, BROKEN, GREEDY].includes(i));
  for (const i of good) expect(together[i]).toBe(await streamed(i));
  expect(new Set(good.map((i) => together[i])).size).toBe(good.length);
  expect(tiny.reports).toEqual([]);
}, 60_000);

it("clients that leave free their places in the cache: many times its size can be promised one after another", async () => {
  const times = Math.ceil((3 * CACHE_TOKENS) / 240);
  for (let i = 0; i < times; i++) {
    const gone = new AbortController();
    const stream = client.completions.create({ ...ask(0), max_tokens: 230, seed: i }, { signal: gone.signal });
    if (i % 2 === 0) await (await stream)[Symbol.asyncIterator]().next();
    gone.abort();
    await stream.catch(() => {});
  }
  await quiet();
  expect(await streamed(1)).not.toBe("");
  expect(tiny.reports).toEqual([]);
}, 60_000);

it("a client that goes away while its whole answer is awaited is noticed as well", async () => {
  const body = JSON.stringify({ prompt: "the", max_tokens: 250, n: 30 });
  const asked = httpRequest(`${tiny.server.url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": body.length },
  });
  asked.on("error", () => {});
  asked.end(body);
  while (tiny.server.open === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const before = tiny.server.open;
  asked.destroy();
  const start = performance.now();
  await quiet();
  expect(before).toBe(30);
  // 30 answers on 8 places take many times as long as noticing that nobody waits for them.
  expect(performance.now() - start).toBeLessThan(1000);
  expect(tiny.reports).toEqual([]);
}, 60_000);

it("closing ends what is open, at once", async () => {
  const server = await tiny.start();
  const other = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
  const stream = await other.completions.create({ ...ask(0), max_tokens: 240 });
  const reading = (async () => {
    for await (const _ of stream) void _;
    return "whole";
  })().catch((thrown: unknown) => String(thrown));
  await server.close();
  expect(await reading).toMatch(/shutting down|terminated|aborted|Premature/);
  expect(server.open).toBe(0);
  expect(tiny.reports).toEqual([]);
}, 60_000);
