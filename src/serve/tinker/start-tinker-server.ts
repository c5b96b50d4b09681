/**
 * The embedded engine as a server of the Tinker protocol: many clients train adapters beside one model and sample them. What
 * is saved under a name is in `folder` and outlives the server.
 */
import { setMaxListeners } from "node:events";
import type { SharedBase } from "../../policy/shared-base.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import { type Access, checkAccess, isLoopback } from "../access.ts";
import { listenOn } from "../listen.ts";
import { tinkerApp } from "./app.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { DownloadLinks } from "./download-links.ts";
import { Futures } from "./futures.ts";
import { SequenceNumbers } from "./idempotency.ts";
import { Lanes } from "./lanes.ts";
import type { Reduction } from "./losses.ts";
import { Models } from "./models.ts";
import { SamplerPool } from "./sampler-pool.ts";
import { SamplingSessions } from "./sampling-sessions.ts";
import { endSession, type TinkerService } from "./service.ts";
import { Sessions } from "./sessions.ts";

/** A model that is open. */
export interface ServedBase {
  /** What clients call it. */
  readonly name: string;
  readonly base: SharedBase;
  /** What ends a sequence of a client that says nothing of stops. */
  readonly endTokens: readonly number[];
}

export interface TinkerLimits {
  /** Models loaded at a time. */
  readonly models: number;
  readonly loraRank: number;
  readonly sessions: number;
  /** Requests that wait or run, and results that were not asked for. */
  readonly futures: number;
  /** Sequences of one request. */
  readonly samples: number;
  readonly bodyBytes: number;
  /** Samplers without requests that stay open. */
  readonly idleSamplers: number;
}

export const TINKER_LIMITS: TinkerLimits = {
  models: 8,
  loraRank: 128,
  sessions: 1000,
  futures: 20_000,
  samples: 1024,
  bodyBytes: 64 * 1024 * 1024,
  idleSamplers: 2,
};

export interface TinkerServerOptions extends Partial<Access> {
  readonly served: ServedBase;
  /** For checkpoints. */
  readonly folder: string;
  /** 0 (default): any that is free. */
  readonly port?: number;
  /** How the losses of tokens become one (default sum, as the hosted service; mean as SkyRL on JAX). */
  readonly reduction?: Reduction;
  /** Of adapters, where a request names none (default 32). */
  readonly alpha?: number;
  /** Of models and samples without one (default 1). */
  readonly seed?: number;
  readonly limits?: Partial<TinkerLimits>;
  /** A session without a sign of life ends after this (default 300 s). */
  readonly sessionTimeoutMs?: number;
  /** How often is looked for those (default a tenth of it). */
  readonly sessionCheckMs?: number;
  /** How long a question for a result waits (default 30 s). */
  readonly holdMs?: number;
  /** How long a result stays once it was asked for (default one minute). */
  readonly keepMs?: number;
  /** Whether the official SDK shall compress large bodies (default: not on this machine). */
  readonly compress?: boolean;
  readonly clock?: Clock;
  /** Takes errors that are the server's own fault (default: standard error). */
  report?(thrown: unknown): void;
}

export interface TinkerServer {
  /** http://host:port */
  readonly url: string;
  readonly sessions: number;
  /** Loaded models. */
  readonly models: number;
  /** Open requests end with an error; resolves when nothing of the server is left. The base stays. */
  close(): Promise<void>;
}

export async function startTinkerServer(options: TinkerServerOptions): Promise<TinkerServer> {
  const { host = "127.0.0.1", apiKey = null, port = 0, sessionTimeoutMs = 300_000 } = options;
  const access = { host, apiKey };
  checkAccess(access);
  const report = options.report ?? ((thrown) => void process.stderr.write(`aepo: ${messageOf(thrown)}\n`));
  const closing = new AbortController();
  // Every sequence that is drawn listens.
  setMaxListeners(0, closing.signal);
  const service = serviceOf(options, {
    report,
    closing: closing.signal,
    compress: options.compress ?? !isLoopback(host),
  });
  const app = tinkerApp(service, { access, report });
  const listening = await listenOn({ fetch: app.fetch, host, port });
  const expire = (): void => {
    for (const { id } of service.sessions.expired()) {
      const seconds = Math.round(sessionTimeoutMs / 1000);
      endSession(service, id, `the session ${id} gave no sign of life for ${seconds} s: it has expired`).catch(report);
    }
  };
  const timer = setInterval(expire, options.sessionCheckMs ?? Math.max(1, sessionTimeoutMs / 10));
  timer.unref();
  return {
    url: listening.url,
    get sessions() {
      return service.sessions.list().length;
    },
    get models() {
      return service.models.list().length;
    },
    async close() {
      clearInterval(timer);
      closing.abort(new Error("the server is shutting down"));
      await Promise.all(
        service.sessions.list().map(({ id }) => endSession(service, id, "the server is shutting down")),
      );
      await service.pool.close();
      await listening.close();
    },
  };
}

function serviceOf(
  options: TinkerServerOptions,
  { report, closing, compress }: Pick<TinkerService, "closing" | "compress"> & { report(thrown: unknown): void },
): TinkerService {
  const { served, folder, clock = systemClock, seed = 1 } = options;
  const { base, name, endTokens } = served;
  const limits = { ...TINKER_LIMITS, ...options.limits };
  const checkpoints = new CheckpointStore(folder);
  const startedSeconds = Math.floor(Date.parse(clock.timestamp()) / 1000);
  return {
    name,
    base,
    clock,
    checkpoints,
    closing,
    compress,
    mostBodyBytes: limits.bodyBytes,
    downloads: new DownloadLinks(clock),
    creations: new SequenceNumbers(),
    seed,
    sessions: new Sessions(clock, options.sessionTimeoutMs ?? 300_000, limits.sessions),
    models: new Models({
      lanes: new Lanes(),
      clock,
      reduction: options.reduction ?? "sum",
      most: limits.models,
      maxRank: limits.loraRank,
      alpha: options.alpha ?? 32,
      seed,
      adapt: (lora, adapterSeed) => base.adapt(lora, adapterSeed),
    }),
    samplers: new SamplingSessions(base, checkpoints),
    pool: new SamplerPool(limits.idleSamplers),
    futures: new Futures({
      clock,
      prefix: String(startedSeconds),
      keepMs: options.keepMs ?? 60_000,
      most: limits.futures,
      report,
    }),
    bounds: { ...base.limits, endTokens, mostSamples: limits.samples, mostTopLogprobs: 128 },
    holdMs: options.holdMs ?? 30_000,
  };
}
