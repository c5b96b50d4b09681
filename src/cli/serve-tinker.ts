/** `aepo serve --protocol tinker`: clients train adapters beside one model. */
import { z } from "zod";
import { openServedBase } from "../serve/tinker/open-served-base.ts";
import { startTinkerServer, TINKER_LIMITS } from "../serve/tinker/start-tinker-server.ts";
import { policySchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import type { ServeSource, Serving } from "./serve-options.ts";

const ofClients = z
  .never({
    error: "adapters are made by clients (create_model): rank and layers are theirs to say, alpha is serve.alpha",
  })
  .optional();

const serveSchema = z.strictObject({
  seed: z.int().nonnegative().default(1).describe("Models and samples without a seed draw theirs from this."),
  policy: policySchema.extend({ lora: ofClients }),
  serve: z
    .strictObject({
      reduction: z
        .enum(["sum", "mean"])
        .default("sum")
        .describe("How the losses of tokens become one: their sum, or as SkyRL on JAX the mean of sequences' means."),
      alpha: z
        .number()
        .positive()
        .default(32)
        .describe("Scale of adapters (alpha / rank) that a client names none for."),
      models: z.int().positive().default(TINKER_LIMITS.models).describe("Models loaded at a time."),
      loraRank: z.int().positive().default(TINKER_LIMITS.loraRank).describe("Largest rank of an adapter."),
      sessionSeconds: z
        .number()
        .positive()
        .default(300)
        .describe("A client that gives no sign of life for so long is gone, and its models with it."),
    })
    .prefault({}),
});

/** Checks what was asked for; what it returns opens the model and serves it. */
export function tinkerServing(source: ServeSource): (signal: AbortSignal) => Promise<Serving> {
  const { checkpoint, host, port, apiKey } = source;
  const { policy, serve, seed } = readConfig(source.config, serveSchema);
  const folder = source.options.checkpoints ?? "tinker-checkpoints";
  return async (signal) => {
    const { lora: _, ...engine } = policy;
    const served = await openServedBase(engine, source.name ?? checkpoint.replace(/^hf:\/\//, ""));
    try {
      signal.throwIfAborted();
      const { reduction, alpha, models, loraRank, sessionSeconds } = serve;
      const server = await startTinkerServer({
        served,
        folder,
        host,
        port,
        apiKey,
        reduction,
        alpha,
        seed,
        limits: { models, loraRank },
        sessionTimeoutMs: sessionSeconds * 1000,
      });
      return {
        json: { url: server.url, model: served.name, protocol: "tinker", reduction, checkpoints: folder },
        lines: [
          `${served.name} (${served.base.info.description})`,
          `losses are ${reduction === "sum" ? "summed" : "averaged"}; checkpoints go to ${folder}`,
          `Tinker protocol at ${server.url}; Ctrl-C ends it. With the official SDK:`,
          `  TINKER_BASE_URL=${server.url} TINKER_API_KEY=${apiKey === null ? "tml-local" : "…"} python train.py`,
        ],
        close: () => server.close().finally(() => served.close()),
      };
    } catch (thrown) {
      await served.close();
      throw thrown;
    }
  };
}
