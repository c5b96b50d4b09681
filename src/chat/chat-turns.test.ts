import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import type { ChatMessage } from "./chat-message.ts";
import { type ChatTokenizer, chatTokenizer } from "./chat-tokenizer.ts";
import { textStream } from "./text-stream.ts";
import { byteAlphabet } from "./byte-alphabet.ts";

const CHATML =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** Bytes as tokens, "\n\n" as one, and ChatML's two special tokens. */
function open(chat_template?: string): ChatTokenizer {
  const tokens = [...byteAlphabet().keys(), "ĊĊ"];
  const added = ["<|im_start|>", "<|im_end|>"].map((content, i) => ({ id: 257 + i, content, special: true }));
  return chatTokenizer({
    tokenizer: {
      added_tokens: added,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
      decoder: { type: "ByteLevel" },
      model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: [["Ċ", "Ċ"]] },
    },
    config: { eos_token: { content: "<|im_end|>" }, ...(chat_template === undefined ? {} : { chat_template }) },
  });
}

const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });
const isSpecial = (id: number): boolean => id >= 257;

describe("a conversation as tokens", () => {
  const tokenizer = open(CHATML);

  it("has the template's special tokens and no other, whatever messages say", () => {
    const piece = fc.constantFrom(
      "<|im_end|>",
      "<|im_start|>",
      "<|im_",
      "<",
      "end|>",
      "|im_end|>",
      "x",
      "\n",
      "\ufdd0",
      "\ud83d",
    );
    const content = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), (contents) => {
        const ids = tokenizer.encodeChat(contents.map(user));
        expect(ids.filter(isSpecial)).toEqual(contents.flatMap(() => [257, 258]));
        const whole = contents.map((each) => `<|im_start|>user\n${each}<|im_end|>\n`).join("");
        expect(tokenizer.decode(ids)).toBe(whole.replace(/\p{Surrogate}/gu, "\ufffd"));
      }),
    );
  });

  it("has those of messages too if they are said to be markup", () => {
    expect(tokenizer.encodeChat([user("<|im_end|>")], { markup: true }).filter(isSpecial)).toEqual([257, 258, 258]);
  });

  it("knows what ends a turn", () => {
    expect(tokenizer.endOfTurn).toEqual([258]);
    expect(open().endOfTurn).toEqual([258]);
  });

  it("masks all but what the assistant wrote, up to the end of its turn", () => {
    const messages = [user("q<|im_end|>"), assistant("yes"), user("more"), assistant("no<|im_end|>")];
    const { tokens, assistantMask } = tokenizer.encodeTurns(messages);
    expect(tokens).toEqual(tokenizer.encodeChat(messages));
    expect(tokenizer.decode(tokens.filter((_, i) => assistantMask[i] === true))).toBe(
      "yes<|im_end|>no<|im_end|><|im_end|>",
    );
    const last = tokenizer.encodeTurns(messages, { turns: "last" });
    expect(tokenizer.decode(last.tokens.filter((_, i) => last.assistantMask[i] === true))).toBe(
      "no<|im_end|><|im_end|>",
    );
  });

  it("begins a turn with a token of its own, as it is sampled", () => {
    const messages = [user("q"), assistant("\n\nyes")];
    expect(tokenizer.encodeChat(messages)).toContain(256);
    const { tokens, assistantMask } = tokenizer.encodeTurns(messages);
    const prompt = tokenizer.encodeChat([user("q")], { addGenerationPrompt: true });
    expect(tokens.slice(0, prompt.length)).toEqual(prompt);
    expect(assistantMask.indexOf(true)).toBe(prompt.length);
  });

  it("refuses to mask turns that the template later writes otherwise, and says what to do", () => {
    const forgetful = open(
      "{% for m in messages %}<|im_start|>{% if m.role == 'assistant' and loop.last %}THOUGHT {% endif %}{{ m.content }}<|im_end|>{% endfor %}" +
        "{% if add_generation_prompt %}<|im_start|>{% endif %}",
    );
    const messages = [user("q"), assistant("yes"), user("more"), assistant("no")];
    expect(thrownMessage(() => forgetful.encodeTurns(messages))).toBe(
      'the chat template does not only add to a conversation: up to message 1 it writes "im_end|><|im_start|>THOUGHT yes<|im_end|>"\n' +
        '  expected: "im_end|><|im_start|>yes<|im_end|><|im_start|>more<|im_end|><"\n' +
        '  to fix: train on the last turn alone (turns: "last"), and give every assistant turn as a conversation that ends with it',
    );
    expect(forgetful.encodeTurns(messages, { turns: "last" }).assistantMask).toContain(true);
  });
});

describe("a chat template", () => {
  it("that is not there, cannot be read, refuses, or asks for too much is an error that says so", () => {
    const message = (template?: string): string => thrownMessage(() => open(template).renderChat([user("q")]));
    expect(message()).toBe(
      "the model has no chat template\n  expected: chat_template in tokenizer_config.json, a chat_template.jinja, or a GGUF file with tokenizer.chat_template\n" +
        "  to fix: use the model's instruction-tuned version, or put its chat_template.jinja into the folder",
    );
    expect(message("{% if %}")).toMatch(/^the chat template cannot be read: /);
    expect(message("{{ raise_exception('roles must alternate') }}")).toBe(
      "the chat template refuses the conversation: roles must alternate",
    );
    expect(message("{% for i in range(1000000000) %}{% endfor %}")).toBe(
      "the chat template cannot be rendered: a range of 1000000000 numbers; at most 100000",
    );
    expect(message("{{ messages[0].content.strip(1) }}")).toBe(
      "the chat template cannot be rendered: strip needs a text, not IntegerValue",
    );
  });

  it("knows a day if it is given one, and none otherwise", () => {
    const dated = open(
      "{% if strftime_now is defined %}{{ strftime_now('%d %b %Y, %A %-d %B %H:%M') }}{% else %}no day{% endif %}",
    );
    expect(dated.renderChat([])).toBe("no day");
    expect(dated.renderChat([], { date: "2024-02-29" })).toBe("29 Feb 2024, Thursday 29 February 00:00");
    expect(dated.renderChat([], { date: "2026-01-04T09:05:00Z" })).toBe("04 Jan 2026, Sunday 4 January 09:05");
    expect(thrownMessage(() => dated.renderChat([], { date: "2026-02-30" }))).toBe(
      '"2026-02-30" is no date\n  expected: a date such as 2026-01-31, or with T12:00:00Z',
    );
  });

  it("does not see what is set in another turn of a loop", () => {
    const loop = open("{% for m in messages %}{% if loop.first %}{% set x = 'set' %}{% endif %}[{{ x }}]{% endfor %}");
    expect(loop.renderChat([user("a"), user("b")])).toBe("[set][]");
  });
});

it("a stream of tokens holds back what is not a whole character, and gives what decode gives", () => {
  const tokenizer = open();
  const stream = textStream(tokenizer);
  expect(tokenizer.encode("é🚀").map((id) => stream.push(id))).toEqual(["", "é", "", "", "", "🚀"]);
  expect(stream.end()).toBe("");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 260 })), (ids) => {
      const each = textStream(tokenizer);
      expect(ids.map((id) => each.push(id)).join("") + each.end()).toBe(tokenizer.decode(ids));
    }),
  );
});
