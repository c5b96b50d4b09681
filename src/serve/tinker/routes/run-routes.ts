/** Models that are trained or were, and their checkpoints: listed, taken elsewhere, deleted. */
import type { Context, Hono } from "hono";
import { CALLS, formatTinkerPath, type TinkerPath } from "../../../protocol/paths.ts";
import { archive } from "../archive.ts";
import type { StoredCheckpoint } from "../checkpoints.ts";
import { pathIdOf, type RunningModel } from "../models.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";

type Json = Readonly<Record<string, unknown>>;

export function runRoutes(app: Hono, service: TinkerService): void {
  const { checkpoints, downloads } = service;
  const runs = CALLS.trainingRuns;
  app.get(runs, (context) => {
    const ids = runIds(service);
    const [offset, limit] = [page(context, "offset", 0), page(context, "limit", 20)];
    const cursor = { offset, limit, total_count: ids.length };
    return context.json({ training_runs: ids.slice(offset, offset + limit).map((id) => runJson(service, id)), cursor });
  });
  app.get(`${runs}/:id`, (context) => context.json(runJson(service, pathIdOf(context.req.param("id")))));
  for (const kind of [runs, "/models"]) {
    app.get(`${kind}/:id/checkpoints`, (context) => {
      const id = pathIdOf(context.req.param("id"));
      const all = checkpoints.list(id);
      if (all.length === 0 && !runIds(service).includes(id)) throw notFound();
      return context.json({ checkpoints: all.map(checkpointJson) });
    });
  }
  app.get("/checkpoints", (context) => {
    const all = checkpoints.models().flatMap((id) => checkpoints.list(id));
    const [offset, limit] = [page(context, "offset", 0), page(context, "limit", 100)];
    const cursor = { offset, limit, total_count: all.length };
    return context.json({ checkpoints: all.slice(offset, offset + limit).map(checkpointJson), cursor });
  });
  app.get(`${runs}/:id/checkpoints/:name{.+}/archive`, (context) => {
    checkpoints.find(placeOf(context, service));
    const { origin, pathname } = new URL(context.req.url);
    const { link, expires } = downloads.sign(pathname.replace(/archive$/, "download"));
    return context.body(null, 302, { location: `${origin}${link}`, expires });
  });
  app.get(`${runs}/:id/checkpoints/:name{.+}/download`, async (context) => {
    const found = checkpoints.find(placeOf(context, service));
    const seconds = Math.floor(Date.parse(found.saved.time) / 1000);
    return context.body(await archive(checkpoints.store(found), seconds), 200, {
      "content-type": "application/gzip",
      "content-disposition": `attachment; filename="${found.name}.tar.gz"`,
    });
  });
  app.delete(`${runs}/:id/checkpoints/:name{.+}`, (context) => {
    checkpoints.remove(placeOf(context, service));
    return context.body(null, 204);
  });
}

/** `weights/NAME`, `sampler_weights/NAME`, or NAME alone, with `checkpoint_type` where there are two of that name. */
function placeOf(context: Context, { checkpoints }: TinkerService): TinkerPath {
  const { id = "", name: given = "" } = context.req.param();
  const modelId = pathIdOf(id);
  const [, kind, name = given] = /^(weights|sampler_weights)\/(.+)$/.exec(given) ?? [];
  const asked = kind ?? { training: "weights", sampler: "sampler_weights" }[context.req.query("checkpoint_type") ?? ""];
  const matching = checkpoints
    .list(modelId)
    .filter((one) => one.name === name && (asked === undefined || one.kind === asked));
  const [first, second] = matching;
  if (first === undefined) throw new TinkerError(404, `Checkpoint not found: ${modelId}/${given}`);
  if (second === undefined) return first;
  throw new TinkerError(
    400,
    `'${name}' is a training and a sampler checkpoint: add ?checkpoint_type=training or =sampler`,
  );
}

function runIds({ models, checkpoints }: TinkerService): string[] {
  const running = models.list().map(({ description }) => description.pathId);
  return [...new Set([...checkpoints.models(), ...running])];
}

function runJson(service: TinkerService, id: string): Json {
  const model = service.models.list().find(({ description }) => description.pathId === id);
  const all = service.checkpoints.list(id);
  const described = model === undefined ? stored(all) : running(service, model);
  if (described === null) throw notFound();
  const last = (kind: TinkerPath["kind"]): Json | null => {
    const found = all.findLast((one) => one.kind === kind);
    return found === undefined ? null : checkpointJson(found);
  };
  return {
    training_run_id: id,
    model_owner: "default",
    is_lora: true,
    corrupted: false,
    ...described,
    last_checkpoint: last("weights"),
    last_sampler_checkpoint: last("sampler_weights"),
  };
}

function running({ name }: TinkerService, { description, lastRequestAt }: RunningModel): Json {
  const { lora, userMetadata } = description;
  return { base_model: name, lora_rank: lora.rank, last_request_time: lastRequestAt, user_metadata: userMetadata };
}

/** Of a model that is no longer loaded, its checkpoints tell. */
function stored(all: readonly StoredCheckpoint[]): Json | null {
  const saved = all.at(-1)?.saved;
  if (saved === undefined) return null;
  const { base_model, rank, time } = saved;
  return { base_model, lora_rank: rank, last_request_time: time, user_metadata: null };
}

function checkpointJson(checkpoint: StoredCheckpoint): Json {
  const { name, kind, saved, bytes } = checkpoint;
  return {
    checkpoint_id: name,
    checkpoint_type: kind === "weights" ? "training" : "sampler",
    time: saved.time,
    tinker_path: formatTinkerPath(checkpoint),
    size_bytes: bytes,
    public: false,
    user_metadata: saved.user_metadata,
    expires_at: null,
  };
}

function page(context: Context, name: string, absent: number): number {
  const text = context.req.query(name);
  const value = text === undefined ? absent : Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TinkerError(422, [
    { type: "int_parsing", loc: ["query", name], msg: `${text}: expected an integer from 0` },
  ]);
}

function notFound(): TinkerError {
  return new TinkerError(404, "Training run not found");
}
