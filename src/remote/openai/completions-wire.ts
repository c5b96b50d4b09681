/** Token ids over /v1/completions, with vLLM's names for what OpenAI's API has none for. Everything that has a default is said. */
import { z } from "zod";
import type { TokenLogprob } from "../../policy/policy.ts";
import type { ServerKind } from "./server-model.ts";
import { RequestFailure } from "./request-failure.ts";
import { type Addressee, isLogprob, type TokenAnswer, type TokenRequest, withStopToken } from "./token-wire.ts";

export interface CompletionsForm {
  readonly kind: ServerKind;
  /** Null: without log-probabilities; else the least number of likeliest tokens that must be asked for with them. */
  readonly leastLogprobs: 0 | 1 | null;
}

/** A server fills in what is left out from its model's generation_config.json: nothing is. */
export function completionsBody(
  to: Addressee,
  request: TokenRequest,
  { kind, leastLogprobs }: CompletionsForm,
): object {
  const { topP = 1, topK = 0, minP = 0, repetitionPenalty = 1 } = request.shaping;
  return {
    ...addressOf(to, kind),
    prompt: request.prompt,
    max_tokens: request.maxTokens,
    n: 1,
    temperature: request.temperature,
    top_p: topP,
    top_k: topK === 0 ? -1 : topK,
    min_p: minP,
    repetition_penalty: repetitionPenalty,
    seed: request.seed,
    ...(request.stopTexts.length === 0 ? {} : { stop: request.stopTexts }),
    ...(request.stopTokens.length === 0 ? {} : { stop_token_ids: request.stopTokens }),
    // Where a continuation ends is said by the caller alone.
    ignore_eos: true,
    include_stop_str_in_output: true,
    ...(kind === "sglang" ? { no_stop_trim: true } : {}),
    skip_special_tokens: false,
    ...(leastLogprobs === null ? {} : { logprobs: Math.max(leastLogprobs, request.topLogprobs) }),
    return_token_ids: true,
    return_tokens_as_token_ids: true,
  };
}

/** The fields that say which weights. */
export function addressOf({ model, adapter, cacheSalt }: Addressee, kind: ServerKind): object {
  const salt = cacheSalt === null ? {} : { cache_salt: cacheSalt };
  if (adapter === null) return { model, ...salt };
  // SGLang names the adapter beside the model, the others instead of it.
  return kind === "sglang" ? { model, lora_path: adapter, ...salt } : { model: adapter, ...salt };
}

const ids = z.array(z.int().nonnegative());
const logprobsSchema = z.looseObject({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
});
const answerSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        token_ids: ids.nullish(),
        logprobs: logprobsSchema.nullish(),
        finish_reason: z.string().nullish(),
        stop_reason: z.unknown().optional(),
        matched_stop: z.unknown().optional(),
      }),
    )
    .min(1),
  usage: z
    .looseObject({ prompt_tokens_details: z.looseObject({ cached_tokens: z.int().nonnegative().nullish() }).nullish() })
    .nullish()
    .catch(null),
});

/** Rejects, as a failure of the request, what is no continuation. */
export function completionsAnswer(reply: unknown, request: TokenRequest): TokenAnswer {
  const { data, error } = answerSchema.safeParse(reply);
  const choice = data?.choices[0];
  if (choice === undefined) {
    throw new RequestFailure(
      `the server's reply is no completion: ${shown(reply)} (${error?.issues[0]?.message ?? ""})`,
      null,
    );
  }
  if (choice.finish_reason === "abort" || choice.finish_reason === "error") {
    throw new RequestFailure(`the server gave the request up (${choice.finish_reason})`, null);
  }
  const named = choice.logprobs?.tokens.map(idOfName) ?? [];
  const told = choice.token_ids ?? (named.includes(null) ? null : (named as number[]));
  if (told === null || (choice.token_ids == null && choice.logprobs == null)) {
    throw new RequestFailure("the server's reply has no token ids", null);
  }
  const { token_logprobs: logprobs = [], top_logprobs: top } = choice.logprobs ?? {};
  const answer: TokenAnswer = {
    ids: told,
    logprobs: told.map((_, i) => (isLogprob(logprobs[i]) ? (logprobs[i] ?? Number.NaN) : Number.NaN)),
    top:
      request.topLogprobs === 0 || top == null
        ? null
        : told.map((_, i) => likeliest(top[i] ?? {}, request.topLogprobs)),
    cached: data?.usage?.prompt_tokens_details?.cached_tokens ?? null,
  };
  return withStopToken(answer, choice.stop_reason ?? choice.matched_stop, request.stopTokens);
}

/** "token_id:17" is token 17. */
function idOfName(name: string): number | null {
  const [, digits] = /^token_id:(\d+)$/.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** A server adds the token that was drawn where it is not among them: the others are meant. */
function likeliest(found: Readonly<Record<string, number>>, k: number): TokenLogprob[] {
  return Object.entries(found)
    .flatMap(([name, logprob]) => {
      const id = idOfName(name);
      return id === null ? [] : [{ id, logprob }];
    })
    .sort((a, b) => b.logprob - a.logprob || a.id - b.id)
    .slice(0, k);
}

export function shown(reply: unknown): string {
  return JSON.stringify(reply)?.slice(0, 200) ?? typeof reply;
}
