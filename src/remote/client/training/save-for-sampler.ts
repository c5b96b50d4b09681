/**
 * The weights as they are now, to be sampled. Without a name they belong to this session alone and each save has numbers of its own,
 * so that no phase samples another phase's weights; with a name they stay.
 */
import { saveForSamplerResultSchema } from "../../../protocol/messages/model.ts";
import { formatTinkerPath, parseTinkerPath } from "../../../protocol/paths.ts";
import { withRenewals } from "../calls/computed.ts";
import { postJson, read, requestIdOf } from "../calls/submit.ts";
import { TinkerFailure } from "../failure.ts";
import { createSamplingSession } from "../sampling/sampling-session.ts";
import { TinkerSampler, type SampledModel } from "../sampling/sampler.ts";
import { checkName, submitNamed, waitForCheckpoint } from "./save-weights.ts";
import type { SubmitOrder } from "./submit-order.ts";

const DOING = "save_weights_for_sampler";
/** Numbers that are taken already: a repeat after a lost answer finds its own. */
const MAX_FRESH_NUMBERS = 4;

/** A sampler's path has two spellings. */
export function samplerKey(path: string): string {
  const parsed = parseTinkerPath(path);
  return parsed === null ? path : formatTinkerPath(parsed);
}

type Model = SampledModel & { readonly order: SubmitOrder; readonly saved: Map<string, number> };

export async function saveForSampler(
  model: Model,
  name: string | undefined,
  signal: AbortSignal,
): Promise<TinkerSampler> {
  const { version } = model;
  const { id, path } = name === undefined ? await unnamed(model, signal) : await named(model, name, version, signal);
  return new TinkerSampler(model.state, { id, path, limits: model.limits, model, version });
}

interface Saved {
  /** Of the sampling session. */
  readonly id: string;
  readonly path: string | null;
}

async function unnamed(model: Model, signal: AbortSignal): Promise<Saved> {
  const { state, order } = model;
  const { connection } = state;
  const { requestId } = await order.submit(
    async (numbers) => {
      for (let tries = 1; ; tries++) {
        const body = {
          type: DOING,
          model_id: model.id,
          sampling_session_seq_id: state.nextSampler(),
          seq_id: numbers.seqId,
        };
        const accept = ({ status }: { readonly status: number }): boolean =>
          status === 409 && tries < MAX_FRESH_NUMBERS;
        const answer = await postJson(connection, DOING, body, { doing: DOING, signal, accept });
        if (answer.status !== 409) return requestIdOf(answer, DOING);
      }
    },
    { signal },
  );
  const answer = await withRenewals(connection, requestId, { doing: DOING, signal, protobuf: false });
  const { path, sampling_session_id: id } = read(saveForSamplerResultSchema, answer, DOING);
  if (id !== undefined && id !== null) return { id, path: path ?? null };
  if (path !== undefined && path !== null)
    return { id: await createSamplingSession(state, { model_path: path }, signal), path };
  throw new TinkerFailure(`${DOING}: the server named neither a path nor a sampling session`, { reason: "failed" });
}

async function named(model: Model, name: string, version: number, signal: AbortSignal): Promise<Saved> {
  checkName(DOING, name);
  const { connection } = model.state;
  const body = (seqId: number): object => ({ type: DOING, model_id: model.id, path: name, seq_id: seqId });
  const requestId = await submitNamed(model, DOING, body, signal);
  const path = await pathOf();
  model.saved.set(samplerKey(path), version);
  return { id: await createSamplingSession(model.state, { model_path: path }, signal), path };

  async function pathOf(): Promise<string> {
    if (requestId === null) return waitForCheckpoint(connection, model.id, name, "sampler", signal);
    const answer = await withRenewals(connection, requestId, { doing: DOING, signal, protobuf: false });
    const usual = formatTinkerPath({ modelId: model.id, kind: "sampler_weights", name });
    return read(saveForSamplerResultSchema, answer, DOING).path ?? usual;
  }
}
