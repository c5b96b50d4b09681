/** A sample request, checked: what is drawn, and what is told of the prompt. */
import type { SampleRequest } from "../../policy/policy.ts";
import { checkSampleRequest, type RequestLimits } from "../../policy/sample-request.ts";
import { modelInputFromJson } from "../../protocol/datum-json.ts";
import type { SampleBody } from "./requests.ts";
import { TinkerError, wrongField } from "./tinker-error.ts";

export interface SamplePlan {
  readonly prompt: readonly number[];
  /** One for each sequence. */
  readonly requests: readonly Omit<SampleRequest, "id">[];
  /** Whether the log-probabilities of the prompt's tokens are told, and how many of its alternatives. */
  readonly promptLogprobs: boolean;
  readonly topPromptLogprobs: number;
  /** Of the last tokens of the prompt alone. */
  readonly promptTokens: number;
}

export interface SampleBounds extends RequestLimits {
  readonly mostSamples: number;
  readonly mostTopLogprobs: number;
  /** What ends a sequence of a request that says nothing of stops. */
  readonly endTokens: readonly number[];
}

/** `seed`: where the request has none. */
export function samplePlan(body: SampleBody, bounds: SampleBounds, seed: number): SamplePlan {
  const prompt = modelInputFromJson(body.prompt);
  const { num_samples: count, sampling_params: params, topk_prompt_logprobs: top } = body;
  const wrong = (field: string, msg: string): TinkerError => wrongField(field.split("."), msg);
  if (prompt.length === 0) throw wrong("prompt", "the prompt has no token");
  if (count < 1 || count > bounds.mostSamples) {
    throw wrong("num_samples", `${count}: expected 1 to ${bounds.mostSamples}`);
  }
  if (top > bounds.mostTopLogprobs) throw wrong("topk_prompt_logprobs", `${top}: at most ${bounds.mostTopLogprobs}`);
  const promptLogprobs = body.prompt_logprobs === true || top > 0;
  const last = body.prompt_logprobs_last_n ?? null;
  if (last !== null && (!promptLogprobs || last >= prompt.length)) {
    throw wrong("prompt_logprobs_last_n", `${last}: expected prompt_logprobs, and at most ${prompt.length - 1}`);
  }
  const context = Math.min(bounds.maxSequenceTokens, bounds.cacheTokens);
  const maxTokens = params.max_tokens ?? context - prompt.length;
  if (maxTokens < 1) {
    throw new TinkerError(
      400,
      params.max_tokens === null || params.max_tokens === undefined
        ? `the prompt of ${prompt.length} tokens leaves no room: at most ${context} in all`
        : "max_tokens must be a positive number",
    );
  }
  const first = seedOf(params.seed ?? seed, count);
  const one = {
    ids: prompt,
    maxTokens,
    temperature: params.temperature,
    ...stops(params.stop, bounds),
    ...shaping(params, bounds),
  };
  const requests = Array.from({ length: count }, (_, i) => ({ ...one, seed: first + i }));
  checkSampleRequest({ ...one, seed: first, id: "asample" }, bounds);
  return { prompt, requests, promptLogprobs, topPromptLogprobs: top, promptTokens: last ?? prompt.length };
}

/** Sequence i is drawn with `seed + i`: all of them must be numbers that differ. */
function seedOf(seed: number, count: number): number {
  if (Number.isSafeInteger(seed) && Number.isSafeInteger(seed + count)) return seed;
  throw wrongField(["sampling_params", "seed"], `${seed}: expected an integer that has room for ${count} after it`);
}

type Params = SampleBody["sampling_params"];

/** Nothing said: the model's own ends, as the official SDK has it; an empty list: none. */
function stops(stop: Params["stop"], { endTokens }: SampleBounds): Pick<SampleRequest, "stop" | "stopTexts"> {
  if (stop === null || stop === undefined) return { stop: endTokens.map((id) => [id]) };
  const list: readonly (string | number)[] = typeof stop === "string" ? [stop] : stop;
  const texts = list.filter((one) => typeof one === "string");
  return {
    stop: list.filter((one) => typeof one === "number").map((id) => [id]),
    ...(texts.length === 0 ? {} : { stopTexts: texts }),
  };
}

function shaping({ top_k, top_p }: Params, { vocabularySize }: SampleBounds): Pick<SampleRequest, "shaping"> {
  if (top_k > vocabularySize) {
    throw wrongField(["sampling_params", "top_k"], `${top_k}: there are ${vocabularySize} tokens; -1 is all of them`);
  }
  const cut = { ...(top_k > 0 ? { topK: top_k } : {}), ...(top_p < 1 ? { topP: top_p } : {}) };
  return Object.keys(cut).length === 0 ? {} : { shaping: cut };
}
