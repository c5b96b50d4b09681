/** Token ids over SGLang's own /generate, which every version of it has; LoRA by the adapter's name. */
import { z } from "zod";
import type { TokenLogprob } from "../../policy/policy.ts";
import { shown } from "./completions-wire.ts";
import { RequestFailure } from "./request-failure.ts";
import { type Addressee, isLogprob, type TokenAnswer, type TokenRequest, withStopToken } from "./token-wire.ts";

export function generateBody({ adapter }: Addressee, request: TokenRequest): object {
  const { topP = 1, topK = 0, minP = 0, repetitionPenalty = 1 } = request.shaping;
  return {
    input_ids: request.prompt,
    sampling_params: {
      max_new_tokens: request.maxTokens,
      temperature: request.temperature,
      top_p: topP,
      top_k: topK === 0 ? -1 : topK,
      min_p: minP,
      repetition_penalty: repetitionPenalty,
      sampling_seed: request.seed,
      ...(request.stopTexts.length === 0 ? {} : { stop: request.stopTexts }),
      ...(request.stopTokens.length === 0 ? {} : { stop_token_ids: request.stopTokens }),
      ignore_eos: true,
      no_stop_trim: true,
      skip_special_tokens: false,
    },
    return_logprob: true,
    ...(request.topLogprobs === 0 ? {} : { top_logprobs_num: request.topLogprobs }),
    ...(adapter === null ? {} : { lora_path: adapter }),
  };
}

/** Scores of a prompt, of which one token more is written. */
export function generateScoreBody(to: Addressee, ids: readonly number[]): object {
  const asked = {
    prompt: ids,
    maxTokens: 1,
    temperature: 1,
    shaping: {},
    seed: 0,
    stopTokens: [],
    stopTexts: [],
    topLogprobs: 0,
  };
  return { ...generateBody(to, asked), logprob_start_len: 0 };
}

/** Log-probability, id, and the text or nothing. */
const entry = z.tuple([z.number().nullable(), z.int().nonnegative()]).rest(z.unknown());
const answerSchema = z.looseObject({
  output_ids: z.array(z.int().nonnegative()).nullish(),
  meta_info: z.looseObject({
    output_token_logprobs: z.array(entry).nullish(),
    output_top_logprobs: z.array(z.array(entry).nullable()).nullish(),
    input_token_logprobs: z.array(entry).nullish(),
    finish_reason: z
      .looseObject({ type: z.string(), matched: z.unknown().optional(), message: z.unknown().optional() })
      .nullish(),
    cached_tokens: z.int().nonnegative().nullish(),
  }),
});

function parsed(reply: unknown): z.output<typeof answerSchema> {
  const { data } = answerSchema.safeParse(reply);
  if (data === undefined) throw new RequestFailure(`the server's reply is no generation: ${shown(reply)}`, null);
  const { finish_reason: finish } = data.meta_info;
  if (finish?.type === "abort") {
    throw new RequestFailure(`the server gave the request up: ${shown(finish.message ?? "it does not say why")}`, null);
  }
  return data;
}

export function generateAnswer(reply: unknown, request: TokenRequest): TokenAnswer {
  const { output_ids: told, meta_info: info } = parsed(reply);
  const drawn = info.output_token_logprobs ?? [];
  const ids = told ?? drawn.map(([, id]) => id);
  if (told == null && info.output_token_logprobs == null)
    throw new RequestFailure("the server's reply has no token ids", null);
  const top = info.output_top_logprobs;
  const answer: TokenAnswer = {
    ids,
    logprobs: ids.map((_, i) => {
      const logprob = drawn[i]?.[0];
      return isLogprob(logprob) ? logprob : Number.NaN;
    }),
    top:
      request.topLogprobs === 0 || top == null
        ? null
        : ids.map((_, i) =>
            (top[i] ?? []).flatMap(([logprob, id]): TokenLogprob[] => (logprob === null ? [] : [{ id, logprob }])),
          ),
    cached: info.cached_tokens ?? null,
  };
  return withStopToken(answer, info.finish_reason?.matched, request.stopTokens);
}

/** Null where the server does not tell all of them. */
export function generateScores(reply: unknown, ids: readonly number[]): number[] | null {
  const found = parsed(reply).meta_info.input_token_logprobs?.slice(1, ids.length) ?? [];
  const logprobs = found.flatMap(([logprob, id], i) => (isLogprob(logprob) && id === ids[i + 1] ? [logprob] : []));
  return logprobs.length === ids.length - 1 ? logprobs : null;
}
