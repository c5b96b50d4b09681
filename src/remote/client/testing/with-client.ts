/** A client of a played server, closed with it: times are short, since nothing computes. */
import { onTestFinished } from "vitest";
import { openTinkerClient } from "../open-client.ts";
import type { TinkerClientOptions } from "../options.ts";
import type { RemoteModel, TinkerClient } from "../tinker-client.ts";
import { PlayedServer, type PlayedOptions } from "./played-server.ts";

export const LIMITS = { vocabularySize: 259, maxSequenceTokens: 64 };
export const BASE_MODEL = "/models/qwen3-tiny";

export const ADAM = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Number.POSITIVE_INFINITY,
};

export interface Pair {
  readonly server: PlayedServer;
  readonly client: TinkerClient;
  readonly notices: readonly string[];
}

export async function withClient(
  options: Partial<TinkerClientOptions> = {},
  played: PlayedOptions = {},
): Promise<Pair> {
  const server = await PlayedServer.start(played);
  const notices: string[] = [];
  const client = await openTinkerClient({
    url: server.url,
    environment: {},
    wire: "json",
    onNotice: (message) => notices.push(message),
    ...options,
    timeouts: { firstRetryMs: 1, reconnectMs: 20_000, ...options.timeouts },
  });
  onTestFinished(async () => {
    server.fault = () => undefined;
    await client.close();
    await server.stop().catch(() => undefined);
  });
  return { server, client, notices };
}

export async function withModel(
  options: Partial<TinkerClientOptions> = {},
  played: PlayedOptions = {},
): Promise<Pair & { readonly model: RemoteModel }> {
  const pair = await withClient(options, played);
  const model = await pair.client.createModel({ baseModel: BASE_MODEL, rank: 8, seed: 1, limits: LIMITS });
  return { ...pair, model };
}

/** Datum i has i + 1 tokens. */
export function datums(count: number): { readonly tokens: number[]; readonly targetTokens: number[] }[] {
  return Array.from({ length: count }, (_, i) => ({
    tokens: Array.from({ length: (i % 8) + 1 }, (_, t) => t),
    targetTokens: Array.from({ length: (i % 8) + 1 }, (_, t) => ((i % 200) + t) % 259),
  }));
}

export function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}
