/**
 * Hermes' dialect, which Qwen2.5, Qwen3 and others on ChatML were trained on: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`,
 * results in `<tool_response>` as a user's turn. One call a turn: of several, none is made and the policy is told so. What is
 * inserted between turns is what Qwen's chat template writes there.
 */
import type { Text } from "../../policy/text-parts.ts";
import { argumentsOfText } from "../../tools/tool-input.ts";
import { type AnswerRule, answerText } from "./answer-rule.ts";
import { type Dialect, parseTurn } from "./dialect.ts";
import { type JsonForm, JsonTurnReader } from "./json-turn.ts";
import { spacedJson } from "./spaced-json.ts";

const [START, END] = [{ special: "<|im_start|>" }, { special: "<|im_end|>" }];

/** `answer`: a turn without a call is the answer (`text`, the default), or its <answer> … </answer> is (`tag`). */
export function hermesDialect({ answer = "text" }: { readonly answer?: AnswerRule } = {}): Dialect {
  const form: JsonForm = {
    open: "<tool_call>",
    close: "</tool_call>",
    bare: false,
    forged: ["<tool_response>", "</tool_response>"],
    // Qwen's generation_config ends at either.
    endTokens: [END.special, "<|endoftext|>"],
    example: '<tool_call>{"name": …, "arguments": {…}}</tool_call>',
    answer,
  };
  return {
    name: "hermes",
    inputs: "json",
    // A policy that opens a response is making one up.
    stops: () => ["<tool_response>"],
    endTokens: form.endTokens,
    reader: (tools) => new JsonTurnReader(form, tools),
    parse: (turn, tools) => parseTurn(new JsonTurnReader(form, tools), turn),
    result: (text, ended = true): Text => [
      ...(ended ? [] : [END]),
      { plain: "\n" },
      START,
      { plain: "user\n<tool_response>\n" },
      { plain: text },
      { plain: "\n</tool_response>" },
      END,
      { plain: "\n" },
      START,
      { plain: "assistant\n" },
    ],
    call: (tool, input, before = ""): Text => {
      const call = spacedJson({ name: tool.name, arguments: argumentsOfText(tool, input) });
      return [{ plain: `${before}${before === "" ? "" : "\n"}<tool_call>\n${call}\n</tool_call>` }, END];
    },
    answer: (text, before = ""): Text => [{ plain: before + answerText(text, answer) }, END],
  };
}
