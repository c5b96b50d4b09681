/** What a sample request is answered with, in either form, as the caller reads it: complete, or no result. */
import type { SampleResult } from "../../../protocol/in-memory.ts";
import type { ModelLimits } from "../../../protocol/limits.ts";
import { sampleResultSchema } from "../../../protocol/messages/sampling.ts";
import { sampleResultFromProtobuf } from "../../../protocol/protobuf/sample-protobuf.ts";
import { sampleResultFromJson } from "../../../protocol/sample-json.ts";
import { isJson } from "../calls/future.ts";
import { read, readable } from "../calls/submit.ts";
import { TinkerFailure } from "../failure.ts";
import type { HttpAnswer } from "../http/transport.ts";
import type { RemoteSample, RemoteSampleRequest } from "../tinker-client.ts";

const DOING = "asample";

export function sampleResult(answer: HttpAnswer, request: RemoteSampleRequest, limits: ModelLimits): RemoteSample {
  const result = readable(DOING, () =>
    isJson(answer)
      ? sampleResultFromJson(read(sampleResultSchema, answer, DOING))
      : sampleResultFromProtobuf(answer.body),
  );
  checkSequences(result, request, limits);
  const { length } = request.prompt;
  return {
    ...result,
    promptLogprobs: aligned(result.promptLogprobs, length, "prompt_logprobs"),
    topPromptLogprobs: aligned(result.topPromptLogprobs, length, "topk_prompt_logprobs"),
  };
}

/** A token without a log-probability is what some servers say when the weights, or an id, were no numbers. */
function checkSequences(
  { sequences }: SampleResult,
  { count, params }: RemoteSampleRequest,
  limits: ModelLimits,
): void {
  if (sequences.length !== count) throw wrong(`${count} sequences were asked for and ${sequences.length} came back`);
  for (const { tokens, logprobs } of sequences) {
    if (tokens.length > params.maxTokens)
      throw wrong(`a sequence has ${tokens.length} tokens, max_tokens was ${params.maxTokens}`);
    const id = tokens.find((token) => token < 0 || token >= limits.vocabularySize);
    if (id !== undefined) throw wrong(`token ${id} came back, the vocabulary has ${limits.vocabularySize}`);
    if (logprobs.some((value) => Number.isNaN(value)))
      throw wrong("the log-probability of a token is no number: the weights may not be finite any more");
  }
}

/** Some servers leave the first position out, which has none. */
function aligned<T>(values: readonly (T | null)[] | null, length: number, name: string): readonly (T | null)[] | null {
  if (values === null || values.length === length) return values;
  if (values.length === length - 1) return [null, ...values];
  throw wrong(`${name} has ${values.length} entries for a prompt of ${length} tokens`);
}

function wrong(what: string): TinkerFailure {
  return new TinkerFailure(`${DOING}: ${what}`, { reason: "failed" });
}
