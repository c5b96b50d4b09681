/** What fixed weights are sampled through: the server's name of them in this session. */
import { createSamplerAnswerSchema } from "../../../protocol/messages/sampling.ts";
import { postJson, read } from "../calls/submit.ts";
import type { ClientState } from "../client-state.ts";

const DOING = "create_sampling_session";

/** Resolves to its id. Repeating it costs a name, no more. */
export async function createSamplingSession(
  state: ClientState,
  weights: { readonly base_model: string } | { readonly model_path: string },
  signal: AbortSignal,
): Promise<string> {
  const body = {
    type: DOING,
    session_id: state.sessionId,
    sampling_session_seq_id: state.nextSampler(),
    ...weights,
  };
  const answer = await postJson(state.connection, DOING, body, { doing: DOING, signal });
  return read(createSamplerAnswerSchema, answer, DOING).sampling_session_id;
}
