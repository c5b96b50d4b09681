/** The routes of OpenAI's API over one model. Everything that goes wrong is answered in its form of errors. */
import { setMaxListeners } from "node:events";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { derivedSeed } from "../std/random.ts";
import { jsonShapeProblem } from "../std/json-shape.ts";
import { type Access, authorise } from "./access.ts";
import { type AnswerPlan, startChoices } from "./answer.ts";
import { ApiError, badRequest } from "./api-error.ts";
import { chatPlan } from "./chat.ts";
import { completionPlan } from "./completions.ts";
import { chatFormat, completionFormat, type ReplyFormat } from "./formats.ts";
import type { GenerationEngine } from "./generation.ts";
import { serverError, streamedReply, wholeReply } from "./reply.ts";
import { chatRequest, completionRequest } from "./requests.ts";
import type { ServedModel } from "./served-model.ts";

const MOST_BODY_BYTES = 4 * 1024 * 1024;

export interface AppOptions {
  readonly model: ServedModel;
  readonly engine: GenerationEngine;
  readonly access: Access;
  /** Choices that are drawn or wait at a time. */
  readonly maxOpen: number;
  /** Seconds since 1970. */
  now(): number;
  /** Takes errors that are the server's own fault. */
  report(thrown: unknown): void;
}

export function serveApp(options: AppOptions): Hono {
  const { model, engine } = options;
  const app = new Hono();
  let requests = 0;
  const answer = async (context: Context, plan: AnswerPlan, format: ReplyFormat): Promise<Response> => {
    const number = requests++;
    const { fields } = plan;
    checkModel(model, fields.model);
    const controller = new AbortController();
    const seed = fields.seed ?? derivedSeed(model.seed, "request", number);
    const signal = AbortSignal.any([controller.signal, context.req.raw.signal]);
    // Every choice listens, however many there are.
    setMaxListeners(0, signal);
    const choices = startAll(() => startChoices(options, plan, { seed, signal }), controller);
    const reply = {
      choices,
      n: fields.n ?? 1,
      format,
      head: { id: `${format.prefix}-${number}`, model: model.id, created: options.now() },
      includeUsage: fields.stream_options?.include_usage === true,
      abort: (reason: Error) => controller.abort(reason),
      report: (thrown: unknown) => {
        if (!signal.aborted && !(thrown instanceof ApiError)) options.report(thrown);
      },
    };
    return fields.stream === true ? streamedReply(reply) : wholeReply(reply);
  };

  app.get("/health", (context) => context.json({ status: "ok", open: engine.open }));
  app.use("/v1/*", async (context, next) => {
    authorise(options.access, context.req.raw.headers);
    await next();
  });
  app.use("/v1/*", bodyLimit({ maxSize: MOST_BODY_BYTES, onError: () => tooLarge().response }));
  app.get("/v1/models", (context) => context.json({ object: "list", data: [modelObject(model)] }));
  // Names have slashes in them.
  app.get("/v1/models/:id{.+}", (context) => {
    checkModel(model, context.req.param("id"));
    return context.json(modelObject(model));
  });
  app.post("/v1/completions", async (context) => {
    const request = completionRequest(await bodyOf(context));
    return answer(context, completionPlan(model, request), completionFormat(model.tokenizer, request.logprobs ?? null));
  });
  app.post("/v1/chat/completions", async (context) => {
    const request = chatRequest(await bodyOf(context));
    return answer(context, chatPlan(model, request), chatFormat(model.tokenizer, request.logprobs === true));
  });
  app.notFound((context) => noRoute(context.req.method, context.req.path).response);
  app.onError((thrown) => {
    const error = serverError(thrown);
    if (error.status >= 500 && !(thrown instanceof ApiError)) options.report(thrown);
    return error.response;
  });
  return app;
}

/** Either all choices are drawn, or none. */
function startAll<T>(start: () => T, controller: AbortController): T {
  try {
    return start();
  } catch (thrown) {
    controller.abort(new Error("the request was refused"));
    throw thrown;
  }
}

async function bodyOf(context: Context): Promise<unknown> {
  const type = context.req.header("content-type") ?? "";
  // A page from elsewhere can make a browser send text or a form here, not JSON.
  if (!/^application\/json\b/i.test(type)) {
    throw new ApiError(415, `content-type "${type}": expected application/json`);
  }
  const text = await context.req.text();
  const problem = jsonShapeProblem(text, { what: "the body", depth: 64, values: 1_000_000 });
  if (problem !== null) throw badRequest(problem);
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw badRequest(`the body is not JSON: ${thrown instanceof Error ? thrown.message : ""}`);
  }
}

function checkModel({ id }: ServedModel, asked: string | undefined): void {
  if (asked === undefined || asked === id) return;
  throw new ApiError(404, `there is no model "${asked}" here, only "${id}"`, {
    param: "model",
    code: "model_not_found",
  });
}

function modelObject({ id, created, contextTokens }: ServedModel): object {
  return { id, object: "model", created, owned_by: "aepo", max_model_len: contextTokens };
}

function tooLarge(): ApiError {
  return new ApiError(413, `the body is larger than ${MOST_BODY_BYTES / 1024 / 1024} MiB`);
}

function noRoute(method: string, path: string): ApiError {
  const known = "GET /v1/models, POST /v1/completions, POST /v1/chat/completions, GET /health";
  return new ApiError(404, `${method} ${path} does not exist; there are ${known}`, { code: "unknown_url" });
}
