/** What a sample is asked with, and its result, as JSON, and back. */
import { AepoError } from "../std/errors.ts";
import type { SampledSequence, SampleParams, SampleResult } from "./in-memory.ts";
import { finite, number } from "./json-number.ts";
import type { SampleResultMessage, SamplingParamsMessage } from "./messages/sampling.ts";

export function sampleResultToJson(result: SampleResult): SampleResultMessage {
  return {
    sequences: result.sequences.map(({ tokens, logprobs, stopReason }) => ({
      stop_reason: stopReason,
      tokens: [...tokens],
      logprobs: logprobs.map(finite),
    })),
    prompt_logprobs: result.promptLogprobs?.map(finite) ?? null,
    topk_prompt_logprobs:
      result.topPromptLogprobs?.map((at) => at?.map(({ id, logprob }): [number, number] => [id, logprob]) ?? null) ??
      null,
    ...(result.cachedPromptTokens === null ? {} : { prompt_cache_hit_tokens: result.cachedPromptTokens }),
  };
}

export function sampleResultFromJson(message: SampleResultMessage): SampleResult {
  return {
    sequences: message.sequences.map(({ stop_reason, tokens, logprobs }, index) =>
      sampledSequence(index, tokens, logprobs?.map(number) ?? null, stop_reason),
    ),
    promptLogprobs: message.prompt_logprobs ?? null,
    topPromptLogprobs:
      message.topk_prompt_logprobs?.map((at) => at?.map(([id, logprob]) => ({ id, logprob })) ?? null) ?? null,
    cachedPromptTokens: message.prompt_cache_hit_tokens ?? null,
  };
}

/** Every token has its log-probability, or the sequence is of no use to anybody here. */
export function sampledSequence(
  index: number,
  tokens: readonly number[],
  logprobs: readonly number[] | null,
  stopReason: SampledSequence["stopReason"],
): SampledSequence {
  if (logprobs?.length === tokens.length) return { tokens, logprobs, stopReason };
  throw new AepoError("policy", `sequence ${index} of a sample has ${tokens.length} tokens`, {
    expected: "as many log-probabilities",
    exists: logprobs === null ? "none" : String(logprobs.length),
  });
}

/** Everything is said: what is left out, some servers take from elsewhere. */
export function samplingParamsToJson({
  maxTokens,
  temperature,
  seed,
  stop,
  topK,
  topP,
}: SampleParams): SamplingParamsMessage {
  return {
    max_tokens: maxTokens,
    ...(seed === undefined ? {} : { seed }),
    // A list of SkyRL's: empty is none.
    stop: typeof stop[0] === "string" ? stop.map(String) : stop.map(Number),
    temperature,
    top_k: topK ?? -1,
    top_p: topP ?? 1,
  };
}

export function samplingParamsFromJson(message: SamplingParamsMessage): SampleParams {
  const { max_tokens, seed, stop, temperature = 1, top_k = -1, top_p = 1 } = message;
  if (max_tokens === undefined || max_tokens === null)
    throw new AepoError("policy", "sampling_params has no max_tokens", { expected: "an integer of at least 1" });
  return {
    maxTokens: max_tokens,
    temperature,
    ...(seed === undefined || seed === null ? {} : { seed }),
    stop: typeof stop === "string" ? [stop] : (stop ?? []),
    topK: top_k,
    topP: top_p,
  };
}
