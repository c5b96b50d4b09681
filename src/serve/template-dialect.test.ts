import { expect, it } from "vitest";
import { chatTokenizer } from "../chat/chat-tokenizer.ts";
import { installedTokenizer } from "../chat/testing/golden-chats.ts";
import { hasRealModel, SKIPPED } from "../models/gguf/testing/real-model.ts";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import { templateDialect } from "./template-dialect.ts";
import { byteTokenizer } from "./testing/byte-tokenizer.ts";
import { llama, plainChat, qwen } from "./testing/scripted-server.ts";

const TOLD =
  '{% if tools %}{{ \'For each call write:\n<tool_call>\n{"name": …, "arguments": …}\n</tool_call>\' }}{% endif %}';
/** Writes calls by an expression of `call`. */
const writing = (call: string): string =>
  `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.tool_calls %}{% set call = m.tool_calls[0].function %}{{ ${call} }}` +
  "{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}";

it.each([
  ["Qwen3's", qwen.template, "hermes"],
  ["Llama's JSON", llama.template, "llama3"],
  ["one that opens a thought in its prompt", writing("'<tool_call>' + (call | tojson) + '</tool_call>'"), "hermes"],
  ["one that tells of calls and writes none", TOLD + plainChat.template, "hermes"],
  ["one of conversations only", plainChat.template, null],
  ["Mistral's list", writing("'[TOOL_CALLS] ' + ([call] | tojson)"), null],
  [
    "calls in XML, between Hermes' tags",
    writing("'<tool_call>\n<function=' + call.name + '>\n</function>\n</tool_call>'"),
    null,
  ],
  ["one that refuses tools", "{% if tools %}{{ raise_exception('no tools') }}{% endif %}", null],
  ["one that is broken", "{% if %}", null],
  ["none", undefined, null],
])("%s", (_name, template, dialect) => {
  expect(templateDialect(byteTokenizer(llama.specials, template))).toBe(dialect);
});

it("a task's own words are no chat model's", () => {
  expect(templateDialect(wordTokenizer(["a", "b"]))).toBeNull();
});

it.runIf(hasRealModel)(`SmolLM2's template knows no tools${SKIPPED}`, async () => {
  const files = await installedTokenizer("smollm2");
  expect(files && templateDialect(chatTokenizer(files))).toBeNull();
});
