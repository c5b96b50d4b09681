/** The routes of OpenAI's API over a model and its adapters. Everything that goes wrong is answered in its form of errors. */
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
import { chatFormat } from "./chat-format.ts";
import { completionFormat } from "./completion-format.ts";
import { type ReplyFormat, tellingOf } from "./formats.ts";
import { addLoraRoutes, type LoraOptions } from "./lora/lora-routes.ts";
import { promptScores } from "./prompt-scores.ts";
import { serverError, streamedReply, wholeReply } from "./reply.ts";
import { chatRequest, completionRequest } from "./requests.ts";
import type { ServedModel } from "./served-model.ts";
import type { NamedModel, ServedModels } from "./served-models.ts";

const MOST_BODY_BYTES = 4 * 1024 * 1024;

export interface AppOptions {
  readonly models: ServedModels;
  /** Null: no adapters are loaded. */
  readonly lora: LoraOptions | null;
  readonly access: Access;
  /** Choices that are drawn or wait at a time. */
  readonly maxOpen: number;
  /** Seconds since 1970. */
  now(): number;
  /** Takes errors that are the server's own fault. */
  report(thrown: unknown): void;
}

export function serveApp(options: AppOptions): Hono {
  const { models } = options;
  const app = new Hono();
  let requests = 0;
  const answer: Answer = (context, named, plan, format) =>
    answered(options, { context, named, plan, format, number: requests++ });
  app.get("/health", (context) => context.json({ status: "ok", open: models.open }));
  app.use("/v1/*", async (context, next) => {
    authorise(options.access, context.req.raw.headers);
    await next();
  });
  app.use("/v1/*", bodyLimit({ maxSize: MOST_BODY_BYTES, onError: () => tooLarge().response }));
  app.get("/v1/models", (context) => context.json({ object: "list", data: models.list.map(modelObject) }));
  // Names have slashes in them.
  app.get("/v1/models/:id{.+}", (context) => context.json(modelObject(models.named(context.req.param("id")).model)));
  addAnswers(app, models, answer);
  addLoraRoutes(app, models, options.lora, bodyOf);
  app.notFound((context) => noRoute(context.req.method, context.req.path).response);
  app.onError((thrown) => {
    const error = serverError(thrown);
    if (error.status >= 500 && !(thrown instanceof ApiError)) options.report(thrown);
    return error.response;
  });
  return app;
}

type Answer = (context: Context, named: NamedModel, plan: AnswerPlan, format: ReplyFormat) => Promise<Response>;

function addAnswers(app: Hono, models: ServedModels, answer: Answer): void {
  app.post("/v1/completions", async (context) => {
    const request = completionRequest(await bodyOf(context));
    const named = models.named(request.model);
    const telling = tellingOf(named.model.tokenizer, request, request.logprobs ?? null);
    return answer(context, named, completionPlan(named.model, request), completionFormat(telling));
  });
  app.post("/v1/chat/completions", async (context) => {
    const request = chatRequest(await bodyOf(context));
    const named = models.named(request.model);
    const { tokenizer } = named.model;
    const telling = tellingOf(tokenizer, request, request.logprobs === true ? (request.top_logprobs ?? 0) : null);
    return answer(context, named, chatPlan(named.model, request), chatFormat(tokenizer, telling));
  });
}

interface Asked {
  readonly context: Context;
  readonly named: NamedModel;
  readonly plan: AnswerPlan;
  readonly format: ReplyFormat;
  readonly number: number;
}

async function answered(options: AppOptions, { context, named, plan, format, number }: Asked): Promise<Response> {
  const { model, engine } = named;
  const { fields } = plan;
  const { models, maxOpen } = options;
  const controller = new AbortController();
  const seed = fields.seed ?? derivedSeed(model.seed, "request", number);
  const signal = AbortSignal.any([controller.signal, context.req.raw.signal]);
  // Every choice listens, however many there are.
  setMaxListeners(0, signal);
  const drawing = { model, engine, open: models.open, maxOpen };
  const choices = startAll(() => startChoices(drawing, plan, { seed, signal }), controller);
  const reply = {
    choices,
    n: fields.n ?? 1,
    format,
    head: { id: `${format.prefix}-${number}`, model: model.id, created: options.now() },
    includeUsage: fields.stream_options?.include_usage === true,
    promptScores:
      fields.prompt_logprobs == null ? null : promptScores(model.policy, plan.prompts, fields.temperature ?? 1),
    abort: (reason: Error) => controller.abort(reason),
    report: (thrown: unknown) => {
      if (!signal.aborted && !(thrown instanceof ApiError)) options.report(thrown);
    },
  };
  return fields.stream === true ? streamedReply(reply) : wholeReply(reply);
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

function modelObject({ id, created, contextTokens, adapter }: ServedModel): object {
  return { id, object: "model", created, owned_by: "aepo", max_model_len: contextTokens, ...adapter };
}

function tooLarge(): ApiError {
  return new ApiError(413, `the body is larger than ${MOST_BODY_BYTES / 1024 / 1024} MiB`);
}

function noRoute(method: string, path: string): ApiError {
  const known = "GET /v1/models, POST /v1/completions, POST /v1/chat/completions, GET /health";
  return new ApiError(404, `${method} ${path} does not exist; there are ${known}`, { code: "unknown_url" });
}
