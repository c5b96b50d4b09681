/** Saves a model's weights in its turn: under a name on disk, or as a moment in memory. */
import { formatTinkerPath, type TinkerPath } from "../../protocol/paths.ts";
import type { SavedCheckpoint } from "./checkpoints.ts";
import type { FutureResult } from "./future-result.ts";
import type { ModelDescription, RunningModel } from "./models.ts";
import type { TinkerService } from "./service.ts";

/** Throws 409 where its place is taken; it is from now on, or free again if this fails. */
export function saveNamed(
  service: TinkerService,
  model: RunningModel,
  place: TinkerPath,
  userMetadata: SavedCheckpoint["user_metadata"],
): Promise<FutureResult> {
  const { checkpoints } = service;
  checkpoints.promise(place);
  return written(service, model, place, userMetadata).catch((thrown: unknown) => {
    checkpoints.giveUp(place);
    throw thrown;
  });
}

async function written(
  { checkpoints, clock, name }: TinkerService,
  model: RunningModel,
  place: TinkerPath,
  userMetadata: SavedCheckpoint["user_metadata"],
): Promise<FutureResult> {
  await model.run((trained) =>
    checkpoints.write(place, savedAs(model.description, name, clock.timestamp(), userMetadata), (store) =>
      place.kind === "weights" ? trained.save(store) : trained.saveWeights(store),
    ),
  );
  const type = place.kind === "weights" ? "save_weights" : "save_weights_for_sampler";
  const sampler = place.kind === "weights" ? {} : { sampling_session_id: null };
  return { kind: "json", body: { type, path: formatTinkerPath(place), ...sampler } };
}

/** For one session alone: a sampling session of its own, no path. Throws 409 where its name was used. */
export function saveMoment(service: TinkerService, model: RunningModel, name: string): Promise<FutureResult> {
  const { samplers, pool } = service;
  const { pathId: modelId, sessionId } = model.description;
  samplers.promise({ modelId, name });
  const kept = model.run((trained) => samplers.keep({ modelId, name }, (store) => trained.saveWeights(store)));
  return kept.then((gone) => {
    for (const key of gone) pool.drop(key);
    const session = samplers.open(sessionId, { kind: "moment", modelId, name });
    const body = { type: "save_weights_for_sampler", path: null, sampling_session_id: session.id };
    return { kind: "json", body };
  });
}

function savedAs(
  { lora, seed, trainAttention, trainMlp }: ModelDescription,
  baseModel: string,
  time: string,
  userMetadata: SavedCheckpoint["user_metadata"],
): SavedCheckpoint {
  const { rank, alpha } = lora;
  const trained = { train_attn: trainAttention, train_mlp: trainMlp };
  return { base_model: baseModel, rank, alpha, seed, ...trained, time, user_metadata: userMetadata };
}
