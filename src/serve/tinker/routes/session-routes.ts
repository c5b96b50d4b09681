/** Sessions: begun, kept alive, looked at, ended. */
import type { Hono } from "hono";
import { z } from "zod";
import { createSessionRequestSchema, heartbeatSchema } from "../../../protocol/messages/service.ts";
import { CALLS } from "../../../protocol/paths.ts";
import { endSession, type TinkerService } from "../service.ts";
import { jsonBody } from "./route.ts";

export function sessionRoutes(app: Hono, service: TinkerService): void {
  const { sessions } = service;
  app.post(CALLS.createSession, async (context) => {
    const { tags } = await jsonBody(service, context, createSessionRequestSchema);
    const { id } = sessions.open(tags);
    const none = { info_message: null, warning_message: null, error_message: null };
    return context.json({ type: "create_session", ...none, session_id: id });
  });
  app.post(CALLS.heartbeat, async (context) => {
    const { session_id } = await jsonBody(service, context, heartbeatSchema);
    sessions.seen(session_id);
    return context.json({ type: "session_heartbeat" });
  });
  app.get("/sessions", (context) => context.json({ sessions: sessions.list().map(({ id }) => id) }));
  app.get("/sessions/:id", (context) => {
    const { id, tags, createdAt } = sessions.find(context.req.param("id"));
    const runs = service.models.ofSession(id).map(({ description }) => description.id);
    return context.json({
      session_id: id,
      tags,
      created_at: createdAt,
      training_run_ids: runs,
      sampler_ids: service.samplers.ofSession(id),
    });
  });
  app.post("/sessions/:id/finish", async (context) => {
    await jsonBody(service, context, z.looseObject({}));
    const { id } = sessions.seen(context.req.param("id"));
    await endSession(service, id, "the session was ended by its client");
    return context.json({ session_id: id, status: "finished" });
  });
}
