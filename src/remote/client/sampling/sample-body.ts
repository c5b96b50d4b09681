/** A sample request as it is sent. Everything is said: what is left out, some servers take from elsewhere. */
import type { SampleRequestMessage } from "../../../protocol/messages/sampling.ts";
import { modelInputToJson } from "../../../protocol/datum-json.ts";
import { samplingParamsToJson } from "../../../protocol/sample-json.ts";
import type { RemoteSampleRequest } from "../tinker-client.ts";

export function sampleBody(request: RemoteSampleRequest, samplerId: string, seqId: number): SampleRequestMessage {
  const { prompt, count, params, promptLogprobs = false, topPromptLogprobs = 0 } = request;
  return {
    type: "sample",
    num_samples: count,
    prompt: modelInputToJson(prompt),
    sampling_params: samplingParamsToJson(params),
    sampling_session_id: samplerId,
    seq_id: seqId,
    prompt_logprobs: promptLogprobs || topPromptLogprobs > 0,
    topk_prompt_logprobs: topPromptLogprobs,
  };
}
