/** A fresh adapter, of the base model that was asked for and no other: some servers take any name and train the one they have. */
import { checkModel } from "../../../protocol/check-model.ts";
import type { ModelLimits } from "../../../protocol/limits.ts";
import { createModelAnswerSchema, createModelResultSchema } from "../../../protocol/messages/model.ts";
import { withRenewals } from "../calls/computed.ts";
import { postJson, read } from "../calls/submit.ts";
import type { ClientState } from "../client-state.ts";
import { checked, TinkerFailure } from "../failure.ts";
import type { ModelRequest } from "../tinker-client.ts";
import { TinkerModel } from "../training/model.ts";
import { unloadModel } from "../training/unload.ts";
import { isSameModel } from "./same-model.ts";

const DOING = "create_model";
const MAX_RANK = 65_536;

export async function createModel(
  state: ClientState,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<TinkerModel> {
  const { baseModel, rank } = request;
  checkRequest(state, request);
  const { connection } = state;
  const made = await submitted(state, request, signal);
  // From here on it holds a place: whatever comes, closing the client frees it.
  state.modelIds.add(made.id);
  const answer = await withRenewals(connection, made.requestId, { doing: DOING, signal, protobuf: false });
  const { model_id: id, base_model } = read(createModelResultSchema, answer, DOING);
  const real = base_model ?? made.baseModel ?? baseModel;
  const limits = limitsOf(state, real, request.limits);
  if (isSameModel(baseModel, real)) return new TinkerModel(state, { id, baseModel: real, rank, limits });
  await unloadModel(connection, id, signal);
  state.modelIds.delete(id);
  throw wrongModel(baseModel, [real]);
}

export function checkBaseModel(state: ClientState, baseModel: string): void {
  const names = state.server.models.map(({ name }) => name);
  if (names.length > 0 && !names.some((name) => isSameModel(baseModel, name))) throw wrongModel(baseModel, names);
}

/** What the caller knows of the model, and what the server says it takes: the smaller. */
export function limitsOf(state: ClientState, baseModel: string, limits: ModelLimits): ModelLimits {
  const most = state.server.models.find(({ name }) => isSameModel(baseModel, name))?.maxContextLength;
  return { ...limits, maxSequenceTokens: Math.min(limits.maxSequenceTokens, most ?? Number.POSITIVE_INFINITY) };
}

function checkRequest(state: ClientState, request: ModelRequest): void {
  checked(DOING, () => checkModel(request, 0, MAX_RANK));
  checkBaseModel(state, request.baseModel);
}

async function submitted(
  state: ClientState,
  { baseModel, rank, seed }: ModelRequest,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly requestId: string; readonly baseModel: string | null }> {
  const body = {
    type: DOING,
    session_id: state.sessionId,
    model_seq_id: state.nextModel(),
    base_model: baseModel,
    lora_config: { rank, seed, train_mlp: true, train_attn: true, train_unembed: false },
    user_metadata: null,
  };
  const repeatable = (): boolean => {
    state.connection.notice(
      DOING,
      "the answer to create_model was lost: a model nobody uses may hold a place until the session ends",
    );
    return true;
  };
  const answer = await postJson(state.connection, DOING, body, { doing: DOING, signal, repeatable });
  const { model_id, request_id, base_model } = read(createModelAnswerSchema, answer, DOING);
  return { id: model_id, requestId: request_id, baseModel: base_model ?? null };
}

function wrongModel(asked: string, exists: readonly string[]): TinkerFailure {
  return new TinkerFailure(`the server does not train "${asked}"`, {
    reason: "invalid",
    exists: exists.map((name) => `"${name}"`).join(", "),
    fix: "set the model to the server's, or start the server with the model that you want",
  });
}
