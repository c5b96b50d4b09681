/** The routes of the protocol. Everything that goes wrong is answered in its form of errors. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { API } from "../../protocol/paths.ts";
import { type Access, authorise } from "../access.ts";
import { modelRoutes } from "./routes/model-routes.ts";
import { runRoutes } from "./routes/run-routes.ts";
import { samplingRoutes } from "./routes/sampling-routes.ts";
import { serviceRoutes } from "./routes/service-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import { trainingRoutes } from "./routes/training-routes.ts";
import { weightRoutes } from "./routes/weight-routes.ts";
import type { TinkerService } from "./service.ts";
import { TinkerError, tinkerErrorOf } from "./tinker-error.ts";

export interface TinkerAppOptions {
  readonly access: Access;
  /** Takes errors that are the server's own fault. */
  report(thrown: unknown): void;
}

export function tinkerApp(service: TinkerService, { access, report }: TinkerAppOptions): Hono {
  const app = new Hono();
  app.use("*", async (context, next) => {
    // Whether it is there, everybody may ask; and a link that was given to somebody with the key is one.
    const { path } = context.req;
    const isOpen =
      path === `${API}/healthz` || (path.endsWith("/download") && service.downloads.allows(new URL(context.req.url)));
    if (!isOpen) authorise(access, context.req.raw.headers);
    await next();
  });
  const { mostBodyBytes } = service;
  const tooLarge = new TinkerError(413, `the body is larger than ${mostBodyBytes} bytes`);
  app.use("*", bodyLimit({ maxSize: mostBodyBytes, onError: () => tooLarge.response }));
  app.get("/", (context) =>
    context.json({
      name: "aepo: the embedded engine behind the Tinker protocol",
      model: service.name,
      engine: service.base.info.description,
      api: API,
    }),
  );
  const api = app.basePath(API);
  serviceRoutes(api, service);
  sessionRoutes(api, service);
  modelRoutes(api, service);
  trainingRoutes(api, service);
  weightRoutes(api, service);
  samplingRoutes(api, service);
  runRoutes(api, service);
  app.notFound(() => new TinkerError(404, "Not Found").response);
  app.onError((thrown) => {
    const error = tinkerErrorOf(thrown);
    if (error.status >= 500) report(thrown);
    return error.response;
  });
  return app;
}
