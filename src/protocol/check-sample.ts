/** A request to sample before it is sent or drawn. */
import { AepoError } from "../std/errors.ts";
import type { Ids, SampleParams } from "./in-memory.ts";
import { checkInteger, checkTokenIds, LARGEST_SEED, type ModelLimits, SMALLEST_SEED } from "./limits.ts";

export interface SampleQuestion {
  readonly prompt: Ids;
  readonly count: number;
  readonly params: SampleParams;
  readonly topPromptLogprobs?: number;
}

export function checkSample(
  { prompt, count, params, topPromptLogprobs = 0 }: SampleQuestion,
  limits: ModelLimits,
): void {
  if (prompt.length === 0) throw new AepoError("policy", "prompt has no tokens", { expected: "at least one" });
  checkTokenIds(prompt, limits, "prompt");
  checkInteger(count, "num_samples", 1, Number.POSITIVE_INFINITY);
  const { maxTokens, temperature, seed, topK = -1, topP = 1 } = params;
  checkInteger(maxTokens, "max_tokens", 1, Number.POSITIVE_INFINITY);
  if (prompt.length + maxTokens > limits.maxSequenceTokens)
    throw new AepoError("policy", `a prompt of ${prompt.length} tokens and max_tokens ${maxTokens} do not fit`, {
      expected: `together at most ${limits.maxSequenceTokens}, the longest sequence of the model`,
    });
  if (!Number.isFinite(temperature) || temperature < 0)
    throw new AepoError("policy", `temperature is ${temperature}`, { expected: "a number of at least 0; 0 is greedy" });
  if (seed !== undefined) checkSeed(seed, count);
  if (topK !== -1) checkInteger(topK, "top_k (-1: all)", 1, limits.vocabularySize);
  if (!(topP > 0 && topP <= 1))
    throw new AepoError("policy", `top_p is ${topP}`, { expected: "a number above 0 and at most 1" });
  checkInteger(topPromptLogprobs, "topk_prompt_logprobs", 0, limits.vocabularySize);
  checkStop(params.stop, limits);
}

/** Sequence i takes `seed + i`, which must fit, too. */
function checkSeed(seed: number, count: number): void {
  const most = LARGEST_SEED - (count - 1);
  if (Number.isInteger(seed) && seed >= SMALLEST_SEED && seed <= most) return;
  throw new AepoError("policy", `seed is ${seed}, for ${count} sequences`, {
    expected: `an integer from ${SMALLEST_SEED} to ${most}: sequence i is drawn with seed + i, in 32 bits`,
  });
}

function checkStop(stop: readonly (number | string)[], limits: ModelLimits): void {
  const texts = stop.filter((entry) => typeof entry === "string");
  if (texts.length > 0 && texts.length < stop.length)
    throw new AepoError("policy", "stop has token ids and texts", { expected: "all token ids, or all texts" });
  if (texts.includes("")) throw new AepoError("policy", "stop has an empty text", { expected: "texts that can occur" });
  checkTokenIds(
    stop.filter((entry) => typeof entry === "number"),
    limits,
    "stop",
  );
}
