/** Weights: kept with their optimiser to go on from, or alone to sample. */
import type { Hono } from "hono";
import { weightsInfoRequestSchema } from "../../../protocol/messages/model.ts";
import { CALLS, formatTinkerPath, parseTinkerPath, type TinkerPath } from "../../../protocol/paths.ts";
import type { StoredCheckpoint } from "../checkpoints.ts";
import type { RunningModel } from "../models.ts";
import { checked, parseJson, rawBody } from "../read-body.ts";
import { loadWeightsSchema, saveForSamplerSchema, saveWeightsSchema } from "../requests.ts";
import { saveMoment, saveNamed } from "../save.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";
import { json, jsonBody, pending, submitted } from "./route.ts";
import { seen } from "./training-routes.ts";

export function weightRoutes(app: Hono, service: TinkerService): void {
  app.post(CALLS.saveWeights, async (context) => {
    const { bytes } = await rawBody(context);
    const { model_id, path: name, seq_id = null, user_metadata } = checked(saveWeightsSchema, parseJson(bytes));
    const model = seen(service, model_id);
    const place = { modelId: model_id, kind: "weights", name } as const;
    const requestId = model.numbers.once("save_weights", seq_id, bytes, () =>
      submitted(service, saveNamed(service, model, place, user_metadata ?? null)),
    );
    return context.json(pending(requestId));
  });
  app.post(CALLS.saveForSampler, async (context) => {
    const { bytes } = await rawBody(context);
    const body = checked(saveForSamplerSchema, parseJson(bytes));
    const { model_id, path: name, seq_id = null } = body;
    const model = seen(service, model_id);
    const save =
      name === null || name === undefined
        ? () => saveMoment(service, model, `ss${body.sampling_session_seq_id ?? 0}_seq${seq_id ?? 0}`)
        : () =>
            saveNamed(service, model, { modelId: model_id, kind: "sampler_weights", name }, body.user_metadata ?? null);
    const requestId = model.numbers.once("save_weights_for_sampler", seq_id, bytes, () => submitted(service, save()));
    return context.json(pending(requestId));
  });
  app.post(CALLS.loadWeights, async (context) => {
    const { bytes } = await rawBody(context);
    const { model_id, seq_id = null, path, optimizer } = checked(loadWeightsSchema, parseJson(bytes));
    const model = seen(service, model_id ?? "");
    const requestId = model.numbers.once("load_weights", seq_id, bytes, () => {
      checkFirst(model, seq_id);
      const found = service.checkpoints.find(weightsPath(path));
      checkRank(model, found);
      const load = (): Promise<void> =>
        model.run((trained) => trained.load(service.checkpoints.store(found), optimizer ?? true));
      return submitted(service, async () => {
        await load();
        return json({ type: "load_weights", path: formatTinkerPath(found), model_id });
      });
    });
    return context.json(pending(requestId));
  });
  app.post(CALLS.weightsInfo, async (context) => {
    const { tinker_path } = await jsonBody(context, weightsInfoRequestSchema);
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
