/** What all requests have in common: how tokens are drawn, where an answer ends, what is told of it. Names are OpenAI's, else vLLM's. */
import { z } from "zod";
import type { Shaping } from "../policy/shaping.ts";

export const MOST_CHOICES = 128;
const MOST_STOPS = 16;

const stopText = z.string().min(1).max(200);

export const samplingFields = {
  model: z.string().optional(),
  n: z.int().min(1).max(MOST_CHOICES).nullish(),
  temperature: z.number().min(0).max(10).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  seed: z.int().nullish(),
  stop: z.union([stopText, z.array(stopText).max(MOST_STOPS)]).nullish(),
  stop_token_ids: z.array(z.int().nonnegative()).max(MOST_CHOICES).nullish(),
  include_stop_str_in_output: z.boolean().nullish(),
  ignore_eos: z.boolean().nullish(),
  skip_special_tokens: z.boolean().nullish(),
  return_token_ids: z.boolean().nullish(),
  return_tokens_as_token_ids: z.boolean().nullish(),
  /** Of the prompt's own tokens; others are not reported. */
  prompt_logprobs: z.literal(0, "expected 0: of the prompt's own tokens, no others").nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
};

export type SamplingFields = z.output<z.ZodObject<typeof samplingFields>>;

/** Null where nothing is cut. */
export function shapingOf({ top_p, top_k, min_p, repetition_penalty }: SamplingFields): Shaping | null {
  const shaping: Shaping = {
    ...(top_p == null || top_p === 1 ? {} : { topP: top_p }),
    ...(top_k == null || top_k <= 0 ? {} : { topK: top_k }),
    ...(min_p == null || min_p === 0 ? {} : { minP: min_p }),
    ...(repetition_penalty == null || repetition_penalty === 1 ? {} : { repetitionPenalty: repetition_penalty }),
  };
  return Object.keys(shaping).length === 0 ? null : shaping;
}

export function stopsOf({ stop }: SamplingFields): readonly string[] {
  return typeof stop === "string" ? [stop] : (stop ?? []);
}
