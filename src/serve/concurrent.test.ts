/** Many clients at once, some of them badly behaved: the others' texts are those of asking one by one, and nothing is left. */
import { request as httpRequest } from "node:http";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LiveSampler } from "../policy/policy.ts";
import type { ModelServer } from "./server.ts";
import { CACHE_TOKENS, type TinyServer, tinyServer } from "./testing/tiny-server.ts";

const CLIENTS = 16;
const [LEAVES, BROKEN, GREEDY] = [3, 7, 11];

let tiny: TinyServer;
let server: ModelServer;
let client: OpenAI;
/** What the sampler holds. */
const held = new Set<string>();
beforeAll(async () => {
  tiny = await tinyServer();
  server = await tiny.start({}, { policy: { ...tiny.policy, openSampler: () => watched(tiny.policy.openSampler()) } });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
}, 60_000);
afterAll(() => tiny.close());

function watched(sampler: LiveSampler): LiveSampler {
  return {
    submit(request) {
      sampler.submit(request);
      held.add(request.id);
    },
    async tick() {
      const tick = await sampler.tick();
      for (const { id } of tick.finished) held.delete(id);
      return tick;
    },
    cancel(id) {
      held.delete(id);
      return sampler.cancel(id);
    },
    next: () => sampler.next(),
    close: () => sampler.close(),
    get ledger() {
      return sampler.ledger;
    },
  };
}

const words = (i: number): string => `the client ${"n".repeat(i * 4)} asks`;
const ask = (i: number) => ({
  model: "tiny",
  prompt: words(i),
  max_tokens: i === GREEDY ? 100_000 : 60 + 5 * i,
  seed: i,
  stream: true as const,
});
/** Of the one that leaves; with this seed no end token is drawn. */
const LONG = { ...ask(LEAVES), max_tokens: 200, seed: 4 };

/** Every other client talks, the others complete. */
async function streamed(i: number): Promise<string> {
  const { prompt: _, ...fields } = ask(i);
  let text = "";
  if (i % 2 === 0) {
    const messages = [{ role: "user" as const, content: words(i) }];
    const stream = await client.chat.completions.create({ ...fields, messages });
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
  } else for await (const { choices } of await client.completions.create(ask(i))) text += choices[0]?.text ?? "";
  return text;
}

/** Reads so many characters, then goes. */
async function begun(characters: number): Promise<string> {
  let text = "";
  for await (const { choices } of await client.completions.create(LONG)) {
    text += choices[0]?.text ?? "";
    if (text.length >= characters) break;
  }
  return text;
}

async function broken(): Promise<string> {
  const response = await fetch(`${server.url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model": "tiny", "prompt": ',
  });
  return `${response.status} ${await response.text()}`;
}

function behave(i: number, half: number): Promise<string> {
  if (i === LEAVES) return begun(half);
  if (i === BROKEN) return broken();
  return streamed(i).catch((thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
}

/** Resolves once nothing is open, nor held by the sampler; rejects after five seconds. */
async function quiet(): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (server.open + held.size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${server.open} requests are still open, the sampler holds ${held.size}`);
}

it("16 streams on 8 places: one leaves half-way, one sends broken JSON, one asks for too much", async () => {
  const all = Array.from({ length: CLIENTS }, (_, i) => i);
  const whole = await begun(Number.POSITIVE_INFINITY);
  expect(whole.length).toBeGreaterThan(150);
  const together = await Promise.all(all.map((i) => behave(i, whole.length / 2)));
  const left = together[LEAVES] ?? "";
  expect(whole.startsWith(left)).toBe(true);
  expect(left.length / whole.length).toBeGreaterThanOrEqual(0.5);
  expect(left.length / whole.length).toBeLessThan(0.7);
  expect(together[BROKEN]).toMatch(
    /^400 \{"error":\{"message":"the body is not JSON: .+","type":"invalid_request_error","param":null,"code":null\}\}$/,
  );
  // "the" is one token.
  const prompt = words(GREEDY).length - 2;
  expect(together[GREEDY]).toBe(
    `400 the context of this model is 256 tokens, and ${prompt + 100_000} tokens (${prompt} of the prompt, 100000 of the answer) were asked for: shorten the prompt or ask for fewer tokens`,
  );
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
  const asked = httpRequest(`${server.url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": body.length },
  });
  asked.on("error", () => {});
  asked.end(body);
  while (server.open === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const before = server.open;
  asked.destroy();
  const start = performance.now();
  await quiet();
  expect(before).toBe(30);
  // 30 answers on 8 places take many times as long as noticing that nobody waits for them.
  expect(performance.now() - start).toBeLessThan(1000);
  expect(tiny.reports).toEqual([]);
}, 60_000);

it("closing ends what is open, at once", async () => {
  const closing = await tiny.start();
  const other = new OpenAI({ baseURL: `${closing.url}/v1`, apiKey: "none", maxRetries: 0 });
  const stream = await other.completions.create({ ...ask(0), max_tokens: 240 });
  const reading = (async () => {
    for await (const _ of stream) void _;
    return "whole";
  })().catch((thrown: unknown) => String(thrown));
  await closing.close();
  expect(await reading).toMatch(/shutting down|terminated|aborted|Premature/);
  expect(closing.open).toBe(0);
  expect(tiny.reports).toEqual([]);
}, 60_000);
