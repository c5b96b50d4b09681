/** Models: made, described, unloaded. */
import type { Hono } from "hono";
import { modelRequestSchema } from "../../../protocol/messages/model.ts";
import { CALLS } from "../../../protocol/paths.ts";
import type { ModelDescription } from "../models.ts";
import { createModelSchema, type LoraRequest } from "../requests.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";
import { json, jsonBody, submitted } from "./route.ts";

/** Of the official SDK. */
const DEFAULT_LORA: LoraRequest = { rank: 32 };

export function modelRoutes(app: Hono, service: TinkerService): void {
  const { name, models, sessions } = service;
  app.post(CALLS.createModel, async (context) => {
    const body = await jsonBody(service, context, createModelSchema);
    sessions.seen(body.session_id);
    checkBase(service, body.base_model);
    const lora = body.lora_config ?? DEFAULT_LORA;
    service.futures.checkRoom();
    const model = models.create({ sessionId: body.session_id, userMetadata: body.user_metadata ?? null, lora });
    const { description } = model;
    const { rank } = description.lora;
    const requestId = submitted(service, async () => {
      await model.ready;
      return json({
        type: "create_model",
        model_id: description.id,
        base_model: name,
        lora_config: loraJson(description),
      });
    });
    const head = { model_id: description.id, base_model: name, status: "created", request_id: requestId };
    return context.json({ ...head, lora_config: { rank, seed: description.seed } });
  });
  app.post(CALLS.modelInfo, async (context) => {
    const { model_id } = await jsonBody(service, context, modelRequestSchema);
    const { description } = models.get(model_id);
    sessions.seen(description.sessionId);
    return context.json({
      type: "get_info",
      model_id,
      status: "created",
      is_lora: true,
      lora_rank: description.lora.rank,
      model_name: name,
      model_data: { base_model: name, lora_config: loraJson(description), model_name: name },
    });
  });
  app.post(CALLS.unloadModel, async (context) => {
    const { model_id } = await jsonBody(service, context, modelRequestSchema);
    const model = models.get(model_id);
    sessions.seen(model.description.sessionId);
    const requestId = submitted(service, async () => {
      await models.unload(model, `Model ${model_id} was unloaded`);
      return json({ type: "unload_model", model_id, status: "unloaded" });
    });
    return context.json({ request_id: requestId, model_id });
  });
}

/** Other servers train what they have, whatever was asked for. */
export function checkBase({ name }: TinkerService, asked: string): void {
  if (asked === name) return;
  throw new TinkerError(400, `this server's base model is '${name}', not '${asked}'`);
}

function loraJson({ lora, seed, trainAttention, trainMlp }: ModelDescription): Readonly<Record<string, unknown>> {
  const { rank, alpha } = lora;
  return { rank, alpha, seed, train_attn: trainAttention, train_mlp: trainMlp, train_unembed: false };
}
