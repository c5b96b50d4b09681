/** The command through a pipe, and the pure parts of what it shows. */
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { LiveSampler, Sample, SampleRequest } from "../policy/policy.ts";
import { policySchema } from "../train/config.ts";
import { openPolicy } from "../train/open.ts";
import { isChatModel, newConversation, said, turnEnds, withoutEnd } from "./chat-conversation.ts";
import { entropyPaint, ShownText } from "./chat-paint.ts";
import { streamSample } from "./chat-stream.ts";

/** Tokens are bytes. */
const bytes = {
  bytes: (id: number) => Uint8Array.of(id),
  decode: (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids)),
  code: (character: string) => character.charCodeAt(0),
};

/** Writes the same text after every prompt, two tokens a tick, until a request's own end. */
function writing(text: string, cancelled: string[] = []): LiveSampler {
  const script = [...new TextEncoder().encode(text)];
  let [asked, at]: [SampleRequest | null, number] = [null, 0];
  const piece = (from: number, to: number): Omit<Sample, "finish"> => {
    const ids = script.slice(from, to);
    return { id: asked?.id ?? "", ids, logprobs: ids.map(() => -1), entropies: ids };
  };
  return {
    submit: (request) => void (asked = request),
    tick: () => {
      const end = Math.min(asked?.maxTokens ?? 0, script.length);
      const drawn = piece(at, Math.min(at + 2, end));
      at += drawn.ids.length;
      const finished: Sample[] = at === end ? [{ ...piece(0, end), finish: "length" }] : [];
      return Promise.resolve({ drawn: [drawn], finished });
    },
    cancel: (id) => cancelled.push(id) > 0,
    next: () => Promise.reject(new Error("not looked at")),
    ledger: { sampled: 0, prefilled: 0, reused: 0 },
    close: () => Promise.resolve(),
  };
}

const REQUEST = { ids: [1], stop: [], maxTokens: 20, temperature: 1, seed: 3, contextTokens: 100 };
const never = new AbortController().signal;

describe("a reply, token by token", () => {
  it("is heard of as it is drawn, up to the most tokens", async () => {
    const heard: number[] = [];
    const reply = await streamSample(writing("abcdefghijklmnopqrstuvwxyz"), REQUEST, never, ({ id }) => heard.push(id));
    expect(bytes.decode(reply.ids)).toBe("abcdefghijklmnopqrst");
    expect(heard).toEqual(reply.ids);
    expect(reply.finish).toBe("length");
  });

  it("keeps what it drew before it was stopped, and asks for no more", async () => {
    const controller = new AbortController();
    const cancelled: string[] = [];
    const onToken = ({ id }: { readonly id: number }): void => {
      if (id === bytes.code("d")) controller.abort();
    };
    const reply = await streamSample(writing("abcdefgh", cancelled), REQUEST, controller.signal, onToken);
    expect([bytes.decode(reply.ids), reply.finish]).toEqual(["abcd", "interrupted"]);
    expect(cancelled).toEqual(["reply"]);
  });

  it("of a policy is what one request draws", async () => {
    const { policy, close } = await openPolicy(policySchema.parse({ checkpoint: "bundled:atlas", threads: 1 }));
    try {
      const { contextTokens: _, ...asked } = { ...REQUEST, ids: [5, 9, 14] };
      const [one, other] = [policy.openSampler(), policy.openSampler()];
      one.submit({ ...asked, id: "whole" });
      const [whole] = await one.next();
      await one.close();
      const reply = await streamSample(other, { ...REQUEST, ids: [5, 9, 14] }, never, () => undefined);
      expect({ ...reply, id: "whole" }).toEqual(whole);
      await other.close();
    } finally {
      await close();
    }
  });

  it("has no room behind a conversation as long as the context", async () => {
    const full = streamSample(writing("a"), { ...REQUEST, contextTokens: 1 }, never, () => {});
    await expect(full).rejects.toThrow(
      "the conversation is longer than the model reads\n  expected: fewer than 1 tokens\n  found: 1\n  to fix: begin a new one: /reset",
    );
  });
});

describe("what is shown", () => {
  it("holds back a character until it is whole, and shows what acts on a terminal", () => {
    const shown = new ShownText(bytes, (text) => text);
    expect([0x61, 0xc3, 0xa9, 0x1b, 0xe2].map((id) => shown.push(id, 0))).toEqual(["a", "", "é", "␛", ""]);
    expect(shown.end()).toBe("\ufffd");
  });

  it("shades by entropy, and not at all without colours", () => {
    const paint = entropyPaint(true);
    expect([0.49, 0.5, 1.5].map((entropy) => paint("x", entropy))).toEqual([
      "x",
      "\u001b[33mx\u001b[39m",
      "\u001b[31mx\u001b[39m",
    ]);
    expect(entropyPaint(false)("x", 9)).toBe("x");
  });
});

describe("a conversation", () => {
  it("is a value", () => {
    const start = newConversation("Be brief.");
    const asked = said(start, "user", "Hi");
    expect(start).toEqual([{ role: "system", content: "Be brief." }]);
    expect(asked).toEqual([...start, { role: "user", content: "Hi" }]);
    expect(newConversation(undefined)).toEqual([]);
  });

  it("knows what ends a turn, and leaves it out", () => {
    const ends = turnEnds({
      endOfTurn: [7],
      specialTokens: new Map([
        ["<|im_end|>", 7],
        ["</s>", 2],
        ["<s>", 1],
      ]),
    });
    expect(ends).toEqual([7, 2]);
    expect(withoutEnd([4, 2], ends)).toEqual([4]);
    expect(withoutEnd([4], ends)).toEqual([4]);
  });

  it("needs a template", () => {
    const tokenizer = { encodeChat: () => [1] } as unknown as Parameters<typeof isChatModel>[0];
    expect(isChatModel(tokenizer)).toBe(true);
    expect(isChatModel({ ...tokenizer, source: { config: {} } } as typeof tokenizer)).toBe(false);
  });
});

function talk(input: string, ...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", "chat", "bundled:atlas", ...args]);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

describe("aepo chat through a pipe", () => {
  it("shows calls and results as they happen, and whether the answer is right", { timeout: 60_000 }, async () => {
    const { code, out } = await talk("/question 0\n", "--task", "atlas", "--temperature", "0");
    expect(code).toBe(0);
    expect(out).toMatch(/<search> .+ <\/search>\n→ search: .+\n<result> .+ <\/result>\n/u);
    expect(out).toMatch(/\n(✓ right|✕ wrong: .+; right is .+)\n$/u);
    expect(out).not.toContain("\u001b");
  });

  it("prints one line of JSON a reply, the same for the same seed", { timeout: 60_000 }, async () => {
    const { code, out } = await talk("/question 1\n/seed 1\n/question 1\n/quit\n", "--task", "atlas", "--json");
    expect(code).toBe(0);
    const [first, second, ...more] = out.trim().split("\n");
    expect(more).toEqual([]);
    type Reply = Record<"ids" | "logprobs" | "entropies", number[]> & Record<"calls", unknown[]>;
    const [reply, again] = [first, second].map((json) => JSON.parse(json ?? "") as Reply) as [Reply, Reply];
    // A prefix found in the cache was computed in other pieces: the last bits of a logit may differ, the tokens do not.
    expect([again.ids, again.calls]).toEqual([reply.ids, reply.calls]);
    for (const [i, logprob] of reply.logprobs.entries()) expect(again.logprobs[i]).toBeCloseTo(logprob, 4);
    expect(reply.ids.length).toBeGreaterThan(0);
    expect(reply.logprobs).toHaveLength(reply.ids.length);
    expect(reply.entropies).toHaveLength(reply.ids.length);
    expect(reply.calls.length).toBeGreaterThan(0);
  });

  it("ends with one message at what it cannot do", { timeout: 60_000 }, async () => {
    const outcome = await talk("/dance\n/question 0\n", "--task", "atlas");
    expect(outcome).toEqual({
      code: 1,
      out: "",
      err: "aepo: /dance: no such command here\n  expected: /question N, /reset, /seed N or /quit\n",
    });
  });
});
