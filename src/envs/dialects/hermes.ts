/**
 * Hermes' dialect, which Qwen2.5, Qwen3 and others on ChatML were trained on: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`,
 * results in `<tool_response>` as a user's turn. One call a turn: of several, none is made and the policy is told so. What is
 * inserted between turns is what Qwen's chat template writes there: its tags are tokens where the tokenizer has them, what a tool
 * says is plain text.
 */
import type { Text, TextPart } from "../../policy/text-parts.ts";
import { argumentsOfText } from "../../tools/tool-input.ts";
import { type AnswerRule, answerText } from "./answer-rule.ts";
import { type Dialect, parseTurn } from "./dialect.ts";
import { type JsonForm, JsonTurnReader } from "./json-turn.ts";
import { spacedJson } from "./spaced-json.ts";

const [START, END] = [{ special: "<|im_start|>" }, { special: "<|im_end|>" }];
const [CALL, CALLED] = [{ tag: "<tool_call>" }, { tag: "</tool_call>" }];
const [RESPONSE, RESPONDED] = [{ tag: "<tool_response>" }, { tag: "</tool_response>" }];

/** `answer`: a turn without a call is the answer (`text`, the default), or its <answer> … </answer> is (`tag`). */
export function hermesDialect({ answer = "text" }: { readonly answer?: AnswerRule } = {}): Dialect {
  const form: JsonForm = {
    open: CALL.tag,
    close: CALLED.tag,
    bare: false,
    forged: [RESPONSE.tag, RESPONDED.tag],
    // Qwen's generation_config ends at either.
    endTokens: [END.special, "<|endoftext|>"],
    example: '<tool_call>{"name": …, "arguments": {…}}</tool_call>',
    answer,
  };
  return {
    name: "hermes",
    inputs: "json",
    // A policy that opens a response is making one up.
    stops: () => [RESPONSE.tag],
    endTokens: form.endTokens,
    reader: (tools) => new JsonTurnReader(form, tools),
    parse: (turn, tools) => parseTurn(new JsonTurnReader(form, tools), turn),
    result: (text, ended = true): Text => [
      ...(ended ? [] : [END]),
      { plain: "\n" },
      START,
      { plain: "user\n" },
      RESPONSE,
      { plain: `\n${text}\n` },
      RESPONDED,
      END,
      { plain: "\n" },
      START,
      { plain: "assistant\n" },
    ],
    call: (tool, input, before = ""): Text => {
      const call = spacedJson({ name: tool.name, arguments: argumentsOfText(tool, input) });
      const said = before === "" ? "" : `${before}\n`;
      return [...withThoughts(said), CALL, { plain: `\n${call}\n` }, CALLED, END];
    },
    answer: (text, before = ""): Text => [...withThoughts(before), { plain: answerText(text, answer) }, END],
  };
}

/** What a policy says before it acts: the tags of its thoughts are the model's own. */
function withThoughts(said: string): TextPart[] {
  return said
    .split(/(<\/?think>)/)
    .flatMap((piece, i) => (piece === "" ? [] : i % 2 === 1 ? { tag: piece } : { plain: piece }));
}
