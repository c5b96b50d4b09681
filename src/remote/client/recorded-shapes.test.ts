/** What the client sends has the fields, and the types of fields, of requests that a live SkyRL was recorded to take. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ADAM, datums, LIMITS, withModel } from "./testing/with-client.ts";

const TRANSCRIPT = "/work/shared/data/tinker/http_transcript.jsonl";

interface Recorded {
  readonly path: string;
  readonly status: number | null;
  readonly request: unknown;
}

/** `adam_params.beta1: number`, `chunks.[].tokens.[]: number` … A null is of any type. */
function shapeOf(value: unknown, at = ""): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [...new Set(value.flatMap((entry) => shapeOf(entry, `${at}.[]`)))];
  if (typeof value !== "object") return [`${at.slice(1)}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, entry]) => shapeOf(entry, `${at}.${key}`));
}

/** Taken by a live server, too, but not in this record, which samples paths without a session. */
const UNRECORDED = new Set(["model_path: string"]);

describe.skipIf(!existsSync(TRANSCRIPT))("recorded requests", () => {
  it("have every field that the client sends, of the same type", async () => {
    const { server, client, model } = await withModel();
    const loss = { name: "ppo", config: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 } } as const;
    const data = datums(2).map((datum) => {
      const floats = datum.tokens.map(() => 0.5);
      return { ...datum, weights: floats, logprobs: floats, advantages: floats };
    });
    await model.forward(datums(2));
    await model.forwardBackward(data, loss);
    await model.optimStep({ ...ADAM, maxGradientNorm: 1 });
    const path = await model.saveWeights("ck-1");
    const params = { maxTokens: 4, temperature: 1, stop: [3], seed: 7 };
    for (const name of [undefined, "samp-1"]) {
      const sampler = await model.saveForSampler(name === undefined ? {} : { name });
      await sampler.sample({ prompt: [1], count: 1, params, promptLogprobs: true });
    }
    await (await client.createModel({ baseModel: model.baseModel, rank: 8, seed: 1, limits: LIMITS })).loadWeights(
      path,
      {
        optimizer: true,
      },
    );
    await model.unload();
    const recorded = readFileSync(TRANSCRIPT, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Recorded)
      .filter(({ status }) => status === 200);
    const unknown = server.calls.flatMap(({ endpoint, body }) => {
      const known = recorded.filter((request) => request.path === `/api/v1/${endpoint}`);
      const shapes = new Set(known.flatMap(({ request }) => shapeOf(request)));
      return shapeOf(body)
        .filter((field) => !shapes.has(field) && !UNRECORDED.has(field))
        .map((field) => `${endpoint}: ${field}`);
    });
    expect([...new Set(unknown)]).toEqual([]);
    const posted = new Set(server.calls.filter(({ raw }) => raw.length > 0).map(({ endpoint }) => endpoint));
    posted.delete("session_heartbeat");
    expect([...posted].sort()).toEqual([
      "asample",
      "create_model",
      "create_sampling_session",
      "create_session",
      "forward",
      "forward_backward",
      "load_weights",
      "optim_step",
      "retrieve_future",
      "save_weights",
      "save_weights_for_sampler",
      "unload_model",
    ]);
  });
});
