/** How answers look in OpenAI's API, whole and as the chunks of a stream; token ids and scores of prompts as vLLM tells them. */
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { Choice, Delta, Usage } from "./answer.ts";
import type { PromptScores } from "./prompt-scores.ts";
import type { SamplingFields } from "./sampling-fields.ts";
import type { DrawnToken } from "./text-pieces.ts";

export interface ReplyHead {
  readonly id: string;
  readonly model: string;
  readonly created: number;
}

export interface WholeChoice extends Pick<Choice, "index" | "promptIds"> {
  readonly delta: Delta;
  /** Null: not asked for. */
  readonly promptScores: PromptScores | null;
}

export interface ReplyFormat {
  /** Of the reply's id. */
  readonly prefix: string;
  /** Whether chunks tell of tokens, not of text alone. */
  readonly tellsTokens: boolean;
  /** Sent before a choice's first tokens. */
  opening(head: ReplyHead, choice: Pick<Choice, "index" | "promptIds">): object | null;
  /** `calls`: how many of the choice came before. */
  chunk(head: ReplyHead, index: number, delta: Delta, calls: number): object;
  /** The last chunk of a stream that was asked for its usage. */
  usage(head: ReplyHead, usage: Usage): object;
  whole(head: ReplyHead, choices: readonly WholeChoice[], usage: Usage): object;
}

/** How tokens are told of. */
export interface Telling {
  /** As ids beside the text. */
  readonly ids: boolean;
  /** How many most likely tokens to report; null: no log-probabilities. */
  readonly logprobs: number | null;
  /** As it stands in lists of log-probabilities. */
  nameOf(id: number): string;
}

export function tellingOf(
  tokenizer: Tokenizer,
  { return_token_ids: ids, return_tokens_as_token_ids: asIds }: SamplingFields,
  logprobs: number | null,
): Telling {
  return {
    ids: ids === true,
    logprobs,
    nameOf: asIds === true ? (id) => `token_id:${id}` : (id) => tokenizer.token(id),
  };
}

export function idsOf(tokens: readonly DrawnToken[]): number[] {
  return tokens.map(({ id }) => id);
}

/** One entry a token of the prompt, by its id. */
export function shownScores(
  { promptIds, promptScores }: Pick<WholeChoice, "promptIds" | "promptScores">,
  nameOf: Telling["nameOf"],
): object[] | null {
  return (
    (promptScores?.map((logprob, i) => {
      const id = promptIds[i] ?? -1;
      return logprob === null ? null : { [id]: { logprob: finite(logprob), decoded_token: nameOf(id) } };
    }) as object[] | undefined) ?? null
  );
}

/** JSON has no infinity; OpenAI's API says −9999. */
export function finite(logprob: number): number {
  return Math.max(logprob, -9999);
}
