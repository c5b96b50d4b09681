/** Answers of /v1/completions. */
import type { Delta } from "./answer.ts";
import { finite, idsOf, type ReplyFormat, shownScores, type Telling } from "./formats.ts";
import type { DrawnToken } from "./text-pieces.ts";

export function completionFormat(telling: Telling): ReplyFormat {
  const object = "text_completion";
  const choice = (index: number, { text, tokens, finish, stopReason }: Delta): object => ({
    index,
    text,
    logprobs: telling.logprobs === null ? null : logprobsOf(tokens, telling),
    finish_reason: finish,
    stop_reason: stopReason,
    ...(telling.ids ? { token_ids: idsOf(tokens) } : {}),
  });
  const nothing: Delta = { text: "", tokens: [], calls: [], finish: null, stopReason: null };
  return {
    prefix: "cmpl",
    tellsTokens: telling.logprobs !== null || telling.ids,
    opening: (head, { index, promptIds }) =>
      telling.ids ? { ...head, object, choices: [{ ...choice(index, nothing), prompt_token_ids: promptIds }] } : null,
    chunk: (head, index, delta) => ({ ...head, object, choices: [choice(index, delta)] }),
    usage: (head, usage) => ({ ...head, object, choices: [], usage }),
    whole: (head, choices, usage) => ({
      ...head,
      object,
      choices: choices.map((one) => ({
        ...choice(one.index, one.delta),
        ...(telling.ids ? { prompt_token_ids: one.promptIds } : {}),
        ...(one.promptScores === null ? {} : { prompt_logprobs: shownScores(one, telling.nameOf) }),
      })),
      usage,
    }),
  };
}

function logprobsOf(tokens: readonly DrawnToken[], { nameOf }: Telling): object {
  return {
    tokens: tokens.map(({ id }) => nameOf(id)),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map(({ id, logprob }) => [nameOf(id), finite(logprob)])),
    ),
    text_offset: tokens.map(({ offset }) => offset),
  };
}
