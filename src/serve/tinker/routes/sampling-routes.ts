/** Samplers, and samples of them. */
import type { Hono } from "hono";
import { createSamplerRequestSchema } from "../../../protocol/messages/sampling.ts";
import { CALLS, formatTinkerPath } from "../../../protocol/paths.ts";
import { derivedSeed } from "../../../std/random.ts";
import { type SampleBody, sampleSchema } from "../requests.ts";
import { sampled } from "../sample.ts";
import { samplePlan } from "../sample-plan.ts";
import { type Source, samplerPath } from "../sampling-sessions.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";
import { checkBase } from "./model-routes.ts";
import { jsonBody, pending, submitted } from "./route.ts";

export function samplingRoutes(app: Hono, service: TinkerService): void {
  const { samplers, sessions, pool, name } = service;
  let requests = 0;
  app.post(CALLS.createSampler, async (context) => {
    const { session_id, base_model, model_path } = await jsonBody(service, context, createSamplerRequestSchema);
    sessions.seen(session_id);
    const { id } = samplers.open(session_id, namedSource(service, base_model ?? null, model_path ?? null));
    return context.json({ type: "create_sampling_session", sampling_session_id: id });
  });
  app.get(`${CALLS.samplers}/:id`, (context) => {
    const { id, source } = samplers.get(context.req.param("id"));
    return context.json({ sampler_id: id, base_model: name, model_path: pathOf(source) });
  });
  app.post(CALLS.sample, async (context) => {
    const body = await jsonBody(service, context, sampleSchema);
    const { key, open } = samplers.weightsOf(sourceOf(service, body));
    const plan = samplePlan(body, service.bounds, derivedSeed(service.seed, "asample", requests++));
    const requestId = submitted(service, async () => ({
      kind: "sample",
      result: await pool.using(key, open, (weights) => sampled(weights, plan, service.closing)),
    }));
    return context.json({
      ...pending(requestId),
      sample_sequence_ids: plan.requests.map((_, i) => `${requestId}:${i}`),
    });
  });
}

function sourceOf(service: TinkerService, body: SampleBody): Source {
  const { sampling_session_id: id, base_model, model_path } = body;
  if (id === null || id === undefined || id === "") return namedSource(service, base_model ?? null, model_path ?? null);
  const { sessionId, source } = service.samplers.get(id);
  service.sessions.seen(sessionId);
  return source;
}

function namedSource(service: TinkerService, baseModel: string | null, modelPath: string | null): Source {
  if ((baseModel === null) === (modelPath === null)) {
    throw new TinkerError(400, "Exactly one of 'base_model' or 'model_path' must be provided");
  }
  if (modelPath !== null) return { kind: "checkpoint", path: samplerPath(modelPath) };
  checkBase(service, baseModel ?? "");
  return { kind: "base" };
}

function pathOf(source: Source): string | null {
  if (source.kind === "base") return null;
  if (source.kind === "checkpoint") return formatTinkerPath(source.path);
  return formatTinkerPath({ modelId: source.modelId, kind: "sampler_weights", name: source.name });
}
