/**
 * The JSON dialect of Llama 3.1 to 3.3: a turn that calls is `{"name": …, "parameters": {…}}` and nothing else, `<|python_tag|>` may
 * stand before it; results come from `ipython`, as a JSON text. What is inserted between turns is what the models' template writes.
 */
import type { Text } from "../../policy/text-parts.ts";
import { argumentsOfText } from "../../tools/tool-input.ts";
import { type AnswerRule, answerText } from "./answer-rule.ts";
import { type Dialect, parseTurn } from "./dialect.ts";
import { type JsonForm, JsonTurnReader } from "./json-turn.ts";
import { spacedJson } from "./spaced-json.ts";

const END = { special: "<|eot_id|>" };

/** `answer`: as in `hermesDialect`. */
export function llama3Dialect({ answer = "text" }: { readonly answer?: AnswerRule } = {}): Dialect {
  const form: JsonForm = {
    open: "<|python_tag|>",
    bare: true,
    forged: [],
    // A turn that waits for a tool may end with eom.
    endTokens: [END.special, "<|eom_id|>", "<|end_of_text|>"],
    example: '{"name": …, "parameters": {…}}',
    answer,
  };
  return {
    name: "llama3",
    inputs: "json",
    stops: () => [],
    endTokens: form.endTokens,
    reader: (tools) => new JsonTurnReader(form, tools),
    parse: (turn, tools) => parseTurn(new JsonTurnReader(form, tools), turn),
    result: (text, ended = true): Text => [
      ...(ended ? [] : [END]),
      ...header("ipython"),
      { plain: spacedJson(text) },
      END,
      ...header("assistant"),
    ],
    // The template has no text beside a call: what was said before it is left out.
    call: (tool, input): Text => [
      { plain: spacedJson({ name: tool.name, parameters: argumentsOfText(tool, input) }) },
      END,
    ],
    answer: (text, before = ""): Text => [{ plain: before + answerText(text, answer) }, END],
  };
}

function header(role: string): readonly ({ readonly special: string } | { readonly plain: string })[] {
  return [{ special: "<|start_header_id|>" }, { plain: role }, { special: "<|end_header_id|>" }, { plain: "\n\n" }];
}
