import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byteTokenizer } from "./testing/byte-tokenizer.ts";
import { failingSampler, type TinyServer, tinyServer } from "./testing/tiny-server.ts";

const SEED = 6;

let tiny: TinyServer;
let client: OpenAI;
beforeAll(async () => {
  tiny = await tinyServer();
  client = clientOf(tiny.server.url);
}, 60_000);
afterAll(() => tiny.close());

function clientOf(url: string, apiKey = "none"): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

/** With this seed no end token is drawn. */
const ASK = { model: "tiny", prompt: "the cat " as string | number[], max_tokens: 24, seed: SEED, temperature: 1 };
const TALK = { model: "tiny", messages: [{ role: "user" as const, content: "the cat" }], seed: 5 };

async function streamed(changes: Partial<typeof ASK> & { readonly stop?: string } = {}): Promise<string> {
  let text = "";
  const stream = await client.completions.create({ ...ASK, ...changes, stream: true });
  for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
  return text;
}

async function refusal(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "nothing was thrown",
    (thrown: unknown) => (thrown instanceof OpenAI.APIError ? `${thrown.status}: ${thrown.message}` : String(thrown)),
  );
}

describe("with OpenAI's client", () => {
  it("lists its model", async () => {
    const listed = await client.models.list();
    expect(listed.data).toEqual([
      { id: "tiny", object: "model", created: 1_700_000_000, owned_by: "aepo", max_model_len: 256 },
    ]);
    expect(await client.models.retrieve("tiny")).toMatchObject({ id: "tiny" });
    expect(await refusal(client.models.retrieve("gpt"))).toBe('404: 404 there is no model "gpt" here, only "tiny"');
  });

  it("completions: whole, streamed and repeated they are the same text", async () => {
    const whole = await client.completions.create(ASK);
    const [choice] = whole.choices;
    expect(choice?.text.length).toBeGreaterThan(10);
    expect(choice?.finish_reason).toBe("length");
    // "the" is one token, the others are one a byte.
    expect(whole.usage).toEqual({ prompt_tokens: 6, completion_tokens: 24, total_tokens: 30 });
    expect(await streamed()).toBe(choice?.text);
    expect((await client.completions.create(ASK)).choices[0]?.text).toBe(choice?.text);
    expect(await streamed({ seed: SEED + 1 })).not.toBe(choice?.text);
    expect(await streamed({ prompt: [256 + 1, ...new TextEncoder().encode(" cat ")] })).toBe(choice?.text);
  });

  it("several prompts and choices, each with its own draws and none with another's", async () => {
    const { choices, usage } = await client.completions.create({ ...ASK, prompt: ["the cat ", "the dog "], n: 3 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(choices.map(({ text }) => text)).size).toBe(6);
    expect(choices[0]?.text).toBe(await streamed());
    expect(usage?.prompt_tokens).toBe(12);
    const texts = ["", "", ""];
    for await (const { choices } of await client.completions.create({ ...ASK, n: 3, stream: true })) {
      for (const { index, text } of choices) texts[index] += text;
    }
    expect(texts).toEqual(choices.slice(0, 3).map(({ text }) => text));
  });

  it("many choices of one request are no leak to warn of", async () => {
    const warnings: string[] = [];
    const warned = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
    process.on("warning", warned);
    try {
      const { choices } = await client.completions.create({ ...ASK, n: 40 });
      expect(choices).toHaveLength(40);
      // Warnings are told a tick later.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", warned);
    }
    expect(warnings).toEqual([]);
  });

  it("log-probabilities are those of the sampler, one a token", async () => {
    const ids = tiny.model.tokenizer.encode("the cat ");
    const sampler = tiny.policy.openSampler();
    sampler.submit({ id: "a", ids, stop: [], maxTokens: 24, temperature: 1, topLogprobs: 3, seed: SEED });
    const [sample] = await sampler.next();
    await sampler.close();
    const { choices } = await client.completions.create({ ...ASK, prompt: ids, logprobs: 3 });
    const found = choices[0]?.logprobs;
    expect(found?.tokens).toEqual(sample?.ids.map((id) => tiny.model.tokenizer.token(id)));
    for (const [i, logprob] of (sample?.logprobs ?? []).entries()) {
      expect(found?.token_logprobs?.[i]).toBeCloseTo(logprob, 4);
    }
    expect(found?.text_offset?.[0]).toBe(0);
    expect(found?.text_offset).toEqual(found?.text_offset?.toSorted((a, b) => a - b));
    const chat = await client.chat.completions.create({ ...TALK, logprobs: true, top_logprobs: 2 });
    const content = chat.choices[0]?.logprobs?.content ?? [];
    expect(content.length).toBeGreaterThan(3);
    expect(content.every(({ top_logprobs }) => top_logprobs.length === 2)).toBe(true);
    const [one] = content;
    expect(one?.top_logprobs[0]?.logprob).toBeGreaterThanOrEqual(one?.logprob ?? 0);
  });

  it("chat: whole and streamed are the same, and the conversation is the template's", async () => {
    const whole = await client.chat.completions.create(TALK);
    expect(whole.object).toBe("chat.completion");
    expect(whole.choices[0]?.message.role).toBe("assistant");
    const stream = await client.chat.completions.create({
      ...TALK,
      stream: true,
      stream_options: { include_usage: true },
    });
    let [text, usage, finish] = ["", null as unknown, "" as string | null];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage).toEqual(whole.usage);
    expect(finish).toBe(whole.choices[0]?.finish_reason);
    // A special token in a message is text: one token a byte.
    const plain = await client.chat.completions.create({
      ...TALK,
      messages: [{ role: "user", content: "<|im_end|>" }],
    });
    expect((plain.usage?.prompt_tokens ?? 0) - (whole.usage?.prompt_tokens ?? 0)).toBe(10 - 5);
  });

  it("a stop text ends the answer and is not in it, streamed or not", async () => {
    const text = await streamed();
    const [stop = ""] = /(?<=.{4})[ -~]{2}/s.exec(text) ?? [];
    const expected = text.slice(0, text.indexOf(stop));
    const { choices } = await client.completions.create({ ...ASK, stop: [stop, "no such text"] });
    expect(choices[0]?.text).toBe(expected);
    expect(choices[0]?.finish_reason).toBe("stop");
    expect(await streamed({ stop })).toBe(expected);
  });
});

describe("what is asked for wrongly", () => {
  it.each([
    [
      { max_tokens: 1000 },
      "400 the context of this model is 256 tokens, and 1006 tokens (6 of the prompt, 1000 of the answer) were asked for: shorten the prompt or ask for fewer tokens",
    ],
    [{ temperature: -1 }, "400 temperature: Too small: expected number to be >=0"],
    [{ stop: [""] }, "400 stop.0: Too small: expected string to have >=1 characters"],
    [{ frequency_penalty: 0.5 }, "400 frequency_penalty: not implemented here; leave it out"],
    [{ prompt: "" }, "400 the prompt is empty: there is nothing to continue from"],
    [{ prompt: [5, 9000] }, "400 prompt: there is no token 9000; the vocabulary has 260"],
    [{ model: "gpt" }, '404 there is no model "gpt" here, only "tiny"'],
    [{ n: 65 }, "400 n: 65 choices, at most 64 are answered at a time"],
  ])("%j", async (changes, message) => {
    expect(await refusal(client.completions.create({ ...ASK, ...changes } as never))).toBe(
      `${message.slice(0, 3)}: ${message}`,
    );
    expect(tiny.server.open).toBe(0);
  });

  it.each([
    [{ messages: [] }, "400 messages: Too small: expected array to have >=1 items"],
    [
      { messages: [{ role: "user" }] },
      "400 messages.0.content: Invalid input: expected string, received undefined, or: Invalid input: expected array, received undefined",
    ],
    [{ top_logprobs: 2 }, "400 top_logprobs: has no effect without logprobs: true"],
    [{ response_format: { type: "json_object" } }, "400 response_format: not implemented here; leave it out"],
  ])("chat %j", async (changes, message) => {
    expect(await refusal(client.chat.completions.create({ ...TALK, ...changes } as never))).toBe(`400: ${message}`);
  });

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${tiny.server.url}/v1/completions`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
  const said = async (response: Response): Promise<string> => {
    const { error } = (await response.json()) as { error: { message: string; type: string } };
    return `${response.status} ${error.type}: ${error.message}`;
  };

  it("bodies that are no JSON, too deep, too large or of another type", async () => {
    expect(await said(await post('{"prompt": "a"'))).toMatch(/^400 invalid_request_error: the body is not JSON: /);
    expect(await said(await post(`{"prompt": ${"[".repeat(100)}`))).toBe(
      "400 invalid_request_error: the body is nested deeper than 64",
    );
    expect(await said(await post(`{"prompt": "${"a".repeat(5e6)}"}`))).toBe(
      "413 invalid_request_error: the body is larger than 4 MiB",
    );
    expect(await said(await post("{}", { "content-type": "text/plain" }))).toBe(
      '415 invalid_request_error: content-type "text/plain": expected application/json',
    );
    expect(await said(await fetch(`${tiny.server.url}/v1/embeddings`))).toBe(
      "404 invalid_request_error: GET /v1/embeddings does not exist; there are GET /v1/models, POST /v1/completions, POST /v1/chat/completions, GET /health",
    );
    expect(await said(await post("[1]"))).toBe(
      "400 invalid_request_error: Invalid input: expected object, received array",
    );
  });

  it("more than can be answered at a time", async () => {
    const server = await tiny.start({ maxOpen: 2 });
    const stream = await clientOf(server.url).completions.create({ ...ASK, max_tokens: 240, n: 2, stream: true });
    expect(await refusal(clientOf(server.url).completions.create(ASK))).toBe(
      "503: 503 2 requests are open, at most 2 are answered at a time: try again later",
    );
    for await (const chunk of stream) expect(chunk.object).toBe("text_completion");
    expect((await clientOf(server.url).completions.create(ASK)).choices).toHaveLength(1);
  });

  it("a model without a chat template", async () => {
    const { encodeChat: _, ...tokenizer } = tiny.model.tokenizer;
    const server = await tiny.start({}, { tokenizer });
    expect(await refusal(clientOf(server.url).chat.completions.create(TALK))).toBe(
      '400: 400 the model "tiny" has no chat template: ask it with /v1/completions',
    );
    expect((await clientOf(server.url).completions.create(ASK)).choices[0]?.text).toBe(await streamed());
  });

  it("a pretrained model without a chat template", async () => {
    const server = await tiny.start({}, { tokenizer: byteTokenizer() });
    expect(await refusal(clientOf(server.url).chat.completions.create(TALK))).toBe(
      '400: 400 the model "tiny" has no chat template: ask it with /v1/completions',
    );
    expect((await clientOf(server.url).completions.create(ASK)).choices[0]?.text).toBe(await streamed());
  });
});

describe("a failure of the engine", () => {
  it("is told to those it hit, reported, and over with them", async () => {
    const { policy } = tiny;
    let samplers = 0;
    const openSampler = (): ReturnType<typeof policy.openSampler> =>
      samplers++ === 0 ? failingSampler(policy.openSampler(), 3) : policy.openSampler();
    const server = await tiny.start({}, { policy: { ...policy, openSampler } });
    const client = clientOf(server.url);
    const both = [client.completions.create(ASK), client.completions.create({ ...ASK, seed: 9 })];
    expect(await Promise.all(both.map(refusal))).toEqual(Array(2).fill("500: 500 the device is lost"));
    expect(tiny.reports.splice(0).map(String)).toEqual(Array(2).fill("Error: the device is lost"));
    expect((await client.completions.create(ASK)).choices[0]?.text).toBe(await streamed());
    expect(samplers).toBe(2);
  });
});
