/** vLLM's names beside OpenAI's: tokens by their ids, scores of prompts, where an answer ends and what of it is shown. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LetterServer, letters as tokenizer, letterServer } from "./testing/letter-server.ts";

let letters: LetterServer;
let client: OpenAI;
beforeAll(async () => {
  letters = await letterServer();
  client = new OpenAI({ baseURL: `${letters.server.url}/v1`, apiKey: "none", maxRetries: 0 });
}, 60_000);
afterAll(async () => {
  expect(letters.reports).toEqual([]);
  await letters.close();
});

interface TokenChoice {
  readonly index: number;
  readonly text: string;
  readonly token_ids: number[];
  readonly prompt_token_ids: number[];
  readonly prompt_logprobs: (null | Record<string, { logprob: number }>)[];
  readonly logprobs: { readonly tokens: string[]; readonly token_logprobs: number[]; readonly text_offset: number[] };
  readonly finish_reason: string | null;
  readonly stop_reason: string | number | null;
}

const ASK = { model: "letters", prompt: [1, 2, 3], max_tokens: 12, seed: 7, return_token_ids: true };

async function choices(changes: object = {}): Promise<TokenChoice[]> {
  const completion = await client.completions.create({ ...ASK, ...changes } as never);
  return (completion as unknown as { choices: TokenChoice[] }).choices;
}

async function one(changes: object = {}): Promise<TokenChoice> {
  const [choice] = await choices(changes);
  if (choice === undefined) throw new Error("no choice");
  return choice;
}

async function refusal(changes: object): Promise<string> {
  return choices(changes).then(
    () => "nothing was thrown",
    (thrown: unknown) => (thrown instanceof OpenAI.APIError ? thrown.message : String(thrown)),
  );
}

describe("token ids", () => {
  it("are told beside the text, of prompts and answers, one and several; the first draws what a sampler draws", async () => {
    const sampler = letters.base.bare.openSampler();
    sampler.submit({ id: "a", ids: ASK.prompt, stop: [], maxTokens: 12, temperature: 1, seed: 7 });
    const [sample] = await sampler.next();
    await sampler.close();
    const choice = await one();
    expect(choice.token_ids).toEqual(sample?.ids);
    expect([choice.prompt_token_ids, choice.text]).toEqual([[1, 2, 3], tokenizer.decode(choice.token_ids)]);
    const several = await choices({ prompt: [[1, 2, 3], [4], [5, 6]], n: 2 });
    expect(several.map(({ prompt_token_ids }) => prompt_token_ids)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [4],
      [4],
      [5, 6],
      [5, 6],
    ]);
    expect(several[0]?.token_ids).toEqual(choice.token_ids);
    expect(new Set(several.map(({ token_ids }) => token_ids.join())).size).toBe(6);
    expect((await one({ return_token_ids: false })).token_ids).toBeUndefined();
  });

  it("streamed they are the same, with the prompt's in the first chunk", async () => {
    const whole = await one({ logprobs: 0 });
    const stream = await client.completions.create({ ...ASK, logprobs: 0, stream: true } as never);
    const [ids, prompts, logprobs]: [number[], number[][], number[]] = [[], [], []];
    for await (const chunk of stream as unknown as AsyncIterable<{ choices: TokenChoice[] }>) {
      for (const choice of chunk.choices) {
        ids.push(...choice.token_ids);
        logprobs.push(...choice.logprobs.token_logprobs);
        if ("prompt_token_ids" in choice) prompts.push(choice.prompt_token_ids);
      }
    }
    expect([ids, prompts]).toEqual([whole.token_ids, [[1, 2, 3]]]);
    expect(logprobs).toEqual(whole.logprobs.token_logprobs);
  });

  it("a token that ends an answer is told, with its log-probability, though its text is not shown", async () => {
    const free = await one();
    const stop = free.token_ids[5] ?? -1;
    const end = free.token_ids.indexOf(stop);
    const expected = free.token_ids.slice(0, end + 1);
    const cut = await one({ stop_token_ids: [stop], logprobs: 0 });
    expect(cut).toMatchObject({ token_ids: expected, finish_reason: "stop", stop_reason: stop });
    expect([cut.text, cut.logprobs.token_logprobs.length]).toEqual([tokenizer.decode(expected.slice(0, -1)), end + 1]);
    expect((await one({ stop_token_ids: [stop], include_stop_str_in_output: true })).text).toBe(
      tokenizer.decode(expected),
    );
    const named = await one({ logprobs: 2, return_tokens_as_token_ids: true });
    expect(named.logprobs.tokens).toEqual(named.token_ids.map((id) => `token_id:${id}`));
  });

  it("a stop text is found across tokens; it is shown if it is asked for", async () => {
    const free = await one();
    const stop = free.text.slice(10, 14);
    const end = free.text.indexOf(stop);
    const [hidden, kept] = [await one({ stop }), await one({ stop, include_stop_str_in_output: true })];
    expect([hidden.text, hidden.stop_reason]).toEqual([free.text.slice(0, end), stop]);
    expect(kept.text).toBe(free.text.slice(0, end + stop.length));
    expect(kept.token_ids).toEqual(free.token_ids.slice(0, Math.ceil((end + stop.length) / 3)));
    expect(hidden.token_ids).toEqual(kept.token_ids);
  });
});

describe("a prompt's log-probabilities", () => {
  it("are those of scoring, of several prompts, while others are drawn", async () => {
    const prompts = [[1, 2, 3, 4, 5], [9, 8], [7]];
    const drawing = choices({ n: 4, max_tokens: 40 });
    const found = await choices({ prompt: prompts, prompt_logprobs: 0, max_tokens: 1 });
    const scores = await letters.base.bare.score(prompts.map((ids) => ({ ids, temperature: 1 })));
    for (const [p, ids] of prompts.entries()) {
      const told = found[p]?.prompt_logprobs.map((entry, i) => entry?.[String(ids[i])]?.logprob ?? null) ?? [];
      expect(told[0]).toBeNull();
      expect(told).toHaveLength(ids.length);
      for (const [i, logprob] of (scores[p]?.logprobs ?? []).entries()) expect(told[i + 1]).toBeCloseTo(logprob, 5);
    }
    expect(await drawing).toHaveLength(4);
  });
});

describe("what is asked for wrongly", () => {
  it.each([
    [{ stop_token_ids: [17] }, "400 stop_token_ids: there is no token 17; the vocabulary has 17"],
    [{ stop_token_ids: ["a"] }, "400 stop_token_ids.0: Invalid input: expected number, received string"],
    [{ prompt: [[1], [17]] }, "400 prompt: there is no token 17; the vocabulary has 17"],
    [{ prompt_logprobs: 5 }, "400 prompt_logprobs: expected 0: of the prompt's own tokens, no others"],
    [{ prompt_logprobs: 0, stream: true }, "400 prompt_logprobs: are told in whole answers only; leave stream out"],
    [{ min_tokens: 3 }, "400 min_tokens: not implemented here; leave it out"],
    [{ allowed_token_ids: [1] }, "400 allowed_token_ids: not implemented here; leave it out"],
  ])("%j", async (changes, message) => {
    expect(await refusal(changes)).toBe(message);
  });

  it("adapters, of a server that loads none", async () => {
    const response = await fetch(`${letters.server.url}/v1/load_lora_adapter`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ lora_name: "a", lora_path: "/tmp" }),
    });
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { error: { message: "adapters are not loaded here: start the server with --allow-lora FOLDER" } },
    ]);
  });
});
