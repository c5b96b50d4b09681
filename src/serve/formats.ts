/** How answers look in OpenAI's API: whole, and as the chunks of a stream. */
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { Delta, ToolCall, Usage } from "./answer.ts";
import type { DrawnToken } from "./text-pieces.ts";

export interface ReplyHead {
  readonly id: string;
  readonly model: string;
  readonly created: number;
}

export interface WholeChoice {
  readonly index: number;
  readonly delta: Delta;
}

export interface ReplyFormat {
  /** Of the reply's id. */
  readonly prefix: string;
  /** Whether chunks tell of tokens, not of text alone. */
  readonly tellsTokens: boolean;
  /** Sent before a choice's first tokens. */
  opening(head: ReplyHead, index: number): object | null;
  /** `calls`: how many of the choice came before. */
  chunk(head: ReplyHead, index: number, delta: Delta, calls: number): object;
  /** The last chunk of a stream that was asked for its usage. */
  usage(head: ReplyHead, usage: Usage): object;
  whole(head: ReplyHead, choices: readonly WholeChoice[], usage: Usage): object;
}

/** `logprobs`: how many most likely tokens to report; null: no log-probabilities. */
export function completionFormat(tokenizer: Tokenizer, logprobs: number | null): ReplyFormat {
  const object = "text_completion";
  const choice = (index: number, { text, tokens, finish }: Delta): object => ({
    index,
    text,
    logprobs: logprobs === null ? null : completionLogprobs(tokenizer, tokens),
    finish_reason: finish,
  });
  return {
    prefix: "cmpl",
    tellsTokens: logprobs !== null,
    opening: () => null,
    chunk: (head, index, delta) => ({ ...head, object, choices: [choice(index, delta)] }),
    usage: (head, usage) => ({ ...head, object, choices: [], usage }),
    whole: (head, choices, usage) => ({
      ...head,
      object,
      choices: choices.map(({ index, delta }) => choice(index, delta)),
      usage,
    }),
  };
}

function completionLogprobs(tokenizer: Tokenizer, tokens: readonly DrawnToken[]): object {
  return {
    tokens: tokens.map(({ id }) => tokenizer.token(id)),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map(({ id, logprob }) => [tokenizer.token(id), finite(logprob)])),
    ),
    text_offset: tokens.map(({ offset }) => offset),
  };
}

export function chatFormat(tokenizer: Tokenizer, withLogprobs: boolean): ReplyFormat {
  const chunkObject = "chat.completion.chunk";
  const logprobs = ({ tokens }: Delta): object | null =>
    withLogprobs ? { content: tokens.map((token) => chatLogprob(tokenizer, token)) } : null;
  return {
    prefix: "chatcmpl",
    tellsTokens: withLogprobs,
    opening: (head, index) => ({
      ...head,
      object: chunkObject,
      choices: [{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }],
    }),
    chunk: (head, index, delta, before) => ({
      ...head,
      object: chunkObject,
      choices: [
        {
          index,
          delta: {
            ...(delta.text === "" ? {} : { content: delta.text }),
            ...(delta.calls.length === 0
              ? {}
              : {
                  tool_calls: delta.calls.map((call, i) => ({
                    index: before + i,
                    ...toolCall(head, index, before + i, call),
                  })),
                }),
          },
          logprobs: logprobs(delta),
          finish_reason: delta.finish,
        },
      ],
    }),
    usage: (head, usage) => ({ ...head, object: chunkObject, choices: [], usage }),
    whole: (head, choices, usage) => ({
      ...head,
      object: "chat.completion",
      choices: choices.map(({ index, delta }) => ({
        index,
        message: {
          role: "assistant",
          content: delta.text === "" && delta.calls.length > 0 ? null : delta.text,
          refusal: null,
          ...(delta.calls.length === 0
            ? {}
            : { tool_calls: delta.calls.map((call, i) => toolCall(head, index, i, call)) }),
        },
        logprobs: logprobs(delta),
        finish_reason: delta.finish,
      })),
      usage,
    }),
  };
}

function toolCall({ id }: ReplyHead, choice: number, call: number, { name, arguments: text }: ToolCall): object {
  return { id: `call-${id}-${choice}-${call}`, type: "function", function: { name, arguments: text } };
}

function chatLogprob(tokenizer: Tokenizer, { id, logprob, top }: DrawnToken): object {
  const of = (token: number, value: number): object => ({
    token: tokenizer.token(token),
    logprob: finite(value),
    bytes: [...tokenizer.bytes(token)],
  });
  return { ...of(id, logprob), top_logprobs: top.map((other) => of(other.id, other.logprob)) };
}

/** JSON has no infinity; OpenAI's API says −9999. */
function finite(logprob: number): number {
  return Math.max(logprob, -9999);
}
