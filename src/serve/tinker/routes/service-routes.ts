/** What a client asks of the service itself: whether it is there, what it has, and results. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { retrieveRequestSchema } from "../../../protocol/messages/future.ts";
import { CALLS } from "../../../protocol/paths.ts";
import { PROTOBUF } from "../read-body.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";
import { resultJson, resultProtobuf } from "../write-result.ts";
import { jsonBody } from "./route.ts";

const anything = z.looseObject({});

export function serviceRoutes(app: Hono, service: TinkerService): void {
  const { name, base } = service;
  app.get(CALLS.health, (context) => context.json({ status: "ok" }));
  app.get(CALLS.capabilities, (context) =>
    context.json({
      supported_models: [
        { model_name: name, max_context_length: base.info.maxSequenceTokens, trainable: true, sampleable: true },
      ],
    }),
  );
  app.post(CALLS.clientConfig, async (context) => {
    await jsonBody(service, context, anything);
    return context.json({
      pjwt_auth_enabled: false,
      proto_compress_fwdbwd: service.compress,
      // Requests take effect as they arrive: pieces of one must not overtake the next.
      parallel_fwdbwd_chunks: false,
      sample_use_retrieve_futures: false,
      sample_join_sampling_session: false,
      custom_loss_server_side: false,
    });
  });
  app.post(CALLS.telemetry, async (context) => {
    // Read and forgotten.
    await jsonBody(service, context, anything);
    return context.json({ status: "accepted" });
  });
  app.post("/auth/token", async (context) => {
    await jsonBody(service, context, anything);
    const { authorization = "", "x-api-key": key = authorization.replace(/^Bearer +/i, "") } = context.req.header();
    return context.json({ jwt: key });
  });
  app.post(CALLS.retrieve, (context) => retrieved(context, service));
}

async function retrieved(context: Context, service: TinkerService): Promise<Response> {
  const { futures, holdMs, closing } = service;
  const { request_id } = await jsonBody(service, context, retrieveRequestSchema);
  const signal = AbortSignal.any([context.req.raw.signal, closing]);
  const result = await futures.retrieve(request_id, holdMs, signal);
  if (result === null) throw new TinkerError(408, "Timeout waiting for result");
  const protobuf = (context.req.header("accept") ?? "").includes(PROTOBUF) ? resultProtobuf(result) : null;
  if (protobuf === null) return context.json(resultJson(result));
  return context.body(protobuf, 200, { "content-type": PROTOBUF });
}
