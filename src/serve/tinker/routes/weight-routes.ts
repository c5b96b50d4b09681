/** Weights: kept with their optimiser to go on from, or alone to sample. */
import type { Hono } from "hono";
import { weightsInfoRequestSchema } from "../../../protocol/messages/model.ts";
import { CALLS, formatTinkerPath, parseTinkerPath, type TinkerPath } from "../../../protocol/paths.ts";
import type { z } from "zod";
import type { StoredCheckpoint } from "../checkpoints.ts";
import type { RunningModel } from "../models.ts";
import { checked, parseJson, rawBody } from "../read-body.ts";
import { loadWeightsSchema, saveForSamplerSchema, saveWeightsSchema } from "../requests.ts";
import { saveMoment, saveNamed } from "../save.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";
import { checkBase } from "./model-routes.ts";
import { json, jsonBody, pending, submitted } from "./route.ts";
import { seen } from "./training-routes.ts";

export function weightRoutes(app: Hono, service: TinkerService): void {
  app.post(CALLS.saveWeights, async (context) => {
    const { bytes } = await rawBody(context, service.mostBodyBytes);
    const { model_id, path: name, seq_id = null, user_metadata } = checked(saveWeightsSchema, parseJson(bytes));
    const model = seen(service, model_id);
    const place = { modelId: model.description.pathId, kind: "weights", name } as const;
    const requestId = model.numbers.once("save_weights", seq_id, bytes, () =>
      submitted(service, () => saveNamed(service, model, place, user_metadata ?? null)),
    );
    return context.json(pending(requestId));
  });
  app.post(CALLS.saveForSampler, async (context) => {
    const { bytes } = await rawBody(context, service.mostBodyBytes);
    const body = checked(saveForSamplerSchema, parseJson(bytes));
    const { model_id, path: name, seq_id = null } = body;
    const model = seen(service, model_id);
    const { pathId } = model.description;
    const save =
      name === null || name === undefined
        ? () => saveMoment(service, model, `ss${body.sampling_session_seq_id ?? 0}_seq${seq_id ?? 0}`)
        : () =>
            saveNamed(service, model, { modelId: pathId, kind: "sampler_weights", name }, body.user_metadata ?? null);
    const requestId = model.numbers.once("save_weights_for_sampler", seq_id, bytes, () => submitted(service, save));
    return context.json(pending(requestId));
  });
  app.post(CALLS.loadWeights, async (context) => {
    const { bytes } = await rawBody(context, service.mostBodyBytes);
    const body = checked(loadWeightsSchema, parseJson(bytes));
    if (body.base_model) checkBase(service, body.base_model);
    const { model_id } = body;
    if (model_id === null || model_id === undefined) return context.json(createdByLoading(service, body, bytes));
    const model = seen(service, model_id);
    const { seq_id = null } = body;
    const requestId = model.numbers.once("load_weights", seq_id, bytes, () => {
      checkFirst(model, seq_id);
      return loading(service, model, body);
    });
    return context.json(pending(requestId));
  });
  app.post(CALLS.weightsInfo, async (context) => {
    const { tinker_path } = await jsonBody(service, context, weightsInfoRequestSchema);
    const path = parseTinkerPath(tinker_path);
    if (path === null) throw new TinkerError(400, "tinker_path must be tinker://model_id/weights/checkpoint_id");
    const { saved } = service.checkpoints.find(path);
    return context.json({
      base_model: saved.base_model,
      is_lora: true,
      lora_rank: saved.rank,
      train_attn: saved.train_attn,
      train_mlp: saved.train_mlp,
      train_unembed: false,
    });
  });
}

type LoadBody = z.output<typeof loadWeightsSchema>;

function loading(service: TinkerService, model: RunningModel, { path, optimizer }: LoadBody): string {
  const found = service.checkpoints.find(weightsPath(path));
  checkRank(model, found);
  return submitted(service, async () => {
    await model.run((trained) => trained.load(service.checkpoints.store(found), optimizer ?? true));
    return json({ type: "load_weights", path: formatTinkerPath(found), model_id: model.description.id });
  });
}

/** A model as the checkpoint was, under the name that its client gives it. The same request again is the same model. */
function createdByLoading(
  service: TinkerService,
  body: LoadBody,
  bytes: Uint8Array,
): Readonly<Record<string, unknown>> {
  const { session_id, model_seq_id = null, user_metadata } = body;
  const { id: sessionId } = service.sessions.seen(session_id ?? "");
  const id = `${sessionId}:train:${model_seq_id}`;
  const requestId = service.creations.once(sessionId, model_seq_id, bytes, () => {
    const found = service.checkpoints.find(weightsPath(body.path));
    service.futures.checkRoom();
    const lora = found.saved;
    const model = service.models.create({ id, sessionId, userMetadata: user_metadata ?? null, lora });
    return submitted(service, async () => {
      try {
        await model.run((trained) => trained.load(service.checkpoints.store(found), body.optimizer ?? true));
      } catch (thrown) {
        await service.models.unload(model, `Model ${id} could not be loaded`);
        throw thrown;
      }
      return json({ type: "load_weights", path: formatTinkerPath(found), model_id: id });
    });
  });
  return { ...pending(requestId), model_id: id };
}

function checkFirst(model: RunningModel, seqId: number | null): void {
  if (model.requests === 0) return;
  throw new TinkerError(
    400,
    `LoadWeights is not permitted with seq_id ${seqId ?? model.requests + 1}: it must be the first request after create_model`,
  );
}

function weightsPath(path: string): TinkerPath {
  const parsed = parseTinkerPath(path);
  if (parsed?.kind === "weights") return parsed;
  throw new TinkerError(400, "request.path must be in format tinker://source_model_id/weights/checkpoint_id");
}

function checkRank({ description }: RunningModel, { saved }: StoredCheckpoint): void {
  if (saved.rank === description.lora.rank) return;
  throw new TinkerError(
    400,
    `Rank mismatch: checkpoint has rank ${saved.rank}, model configured with rank ${description.lora.rank}`,
  );
}
