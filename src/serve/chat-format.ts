/** Answers of /v1/chat/completions. */
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { Delta, ToolCall } from "./answer.ts";
import {
  finite,
  idsOf,
  type ReplyFormat,
  type ReplyHead,
  shownScores,
  type Telling,
  type WholeChoice,
} from "./formats.ts";
import type { DrawnToken } from "./text-pieces.ts";

export function chatFormat(tokenizer: Tokenizer, telling: Telling): ReplyFormat {
  const object = "chat.completion.chunk";
  const ended = ({ tokens, finish, stopReason }: Delta): object => ({
    logprobs:
      telling.logprobs === null ? null : { content: tokens.map((token) => logprobOf(tokenizer, telling, token)) },
    finish_reason: finish,
    stop_reason: stopReason,
    ...(telling.ids ? { token_ids: idsOf(tokens) } : {}),
  });
  return {
    prefix: "chatcmpl",
    tellsTokens: telling.logprobs !== null || telling.ids,
    opening: (head, { index, promptIds }) => ({
      ...head,
      object,
      choices: [{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }],
      ...(telling.ids ? { prompt_token_ids: promptIds } : {}),
    }),
    chunk: (head, index, delta, before) => ({
      ...head,
      object,
      choices: [{ index, delta: deltaOf(head, index, delta, before), ...ended(delta) }],
    }),
    usage: (head, usage) => ({ ...head, object, choices: [], usage }),
    whole: (head, choices, usage) => ({
      ...head,
      object: "chat.completion",
      choices: choices.map(({ index, delta }) => ({ index, message: messageOf(head, index, delta), ...ended(delta) })),
      usage,
      ...ofPrompt(choices[0], telling),
    }),
  };
}

function deltaOf(head: ReplyHead, index: number, { text, calls }: Delta, before: number): object {
  const told = calls.map((call, i) => ({ index: before + i, ...toolCall(head, index, before + i, call) }));
  return { ...(text === "" ? {} : { content: text }), ...(told.length === 0 ? {} : { tool_calls: told }) };
}

function messageOf(head: ReplyHead, index: number, { text, calls }: Delta): object {
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call, i) => toolCall(head, index, i, call)) }),
  };
}

/** All choices have the one prompt. */
function ofPrompt(choice: WholeChoice | undefined, { ids, nameOf }: Telling): object {
  if (choice === undefined) return {};
  return {
    ...(ids ? { prompt_token_ids: choice.promptIds } : {}),
    ...(choice.promptScores === null ? {} : { prompt_logprobs: shownScores(choice, nameOf) }),
  };
}

function toolCall({ id }: ReplyHead, choice: number, call: number, { name, arguments: text }: ToolCall): object {
  return { id: `call-${id}-${choice}-${call}`, type: "function", function: { name, arguments: text } };
}

function logprobOf(tokenizer: Tokenizer, { nameOf }: Telling, { id, logprob, top }: DrawnToken): object {
  const of = (token: number, value: number): object => ({
    token: nameOf(token),
    logprob: finite(value),
    bytes: [...tokenizer.bytes(token)],
  });
  return { ...of(id, logprob), top_logprobs: top.map((other) => of(other.id, other.logprob)) };
}
