/** A server of the protocol over a small random model: for tests of the server, of clients, and of policies behind them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openInlineRuntime, openRuntime } from "../../../engine/runtime/node.ts";
import { type ModelConfig, modelConfigSchema } from "../../../policy/config.ts";
import { type SharedBase, sharedBase } from "../../../policy/shared-base.ts";
import type { TokenBytes } from "../../../policy/stop-texts.ts";
import { startTinkerServer, type TinkerServer, type TinkerServerOptions } from "../start-tinker-server.ts";

export const TINY_TINKER: ModelConfig = modelConfigSchema.parse({
  model_type: "qwen3",
  vocab_size: 40,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 48,
  max_position_embeddings: 96,
  embedding_scale: 20,
});

export const TINY_NAME = "tiny/qwen3";

export interface TinyTinkerOptions {
  readonly config?: ModelConfig;
  /** Of the base's weights. */
  readonly seed?: number;
  /** In this thread: for tests that look at numbers alone. */
  readonly inline?: boolean;
}

export interface TinyTinker {
  readonly base: SharedBase;
  readonly folder: string;
  /** The servers' own faults, as they were reported. */
  readonly reports: unknown[];
  /** Another server, by default of the same folder. */
  start(options?: Partial<TinkerServerOptions>): Promise<TinkerServer>;
  close(): Promise<void>;
}

/** A base to start servers over. Token i is the character 33 + i. */
export async function tinyTinker(options: TinyTinkerOptions = {}): Promise<TinyTinker> {
  const { config = TINY_TINKER, seed = 3, inline = false } = options;
  const runtime = await (inline ? openInlineRuntime({ threads: 1 }) : openRuntime({ threads: 1 }));
  const tokenBytes: TokenBytes = (id) => Uint8Array.of(33 + id);
  const base = await sharedBase({
    runtime,
    config,
    seed,
    slots: 16,
    cacheTokens: 2048,
    tokenBytes,
    checkpoint: TINY_NAME,
  });
  const folder = mkdtempSync(join(tmpdir(), "aepo-tinker-"));
  const reports: unknown[] = [];
  const servers: TinkerServer[] = [];
  return {
    base,
    folder,
    reports,
    async start(changes = {}) {
      const server = await startTinkerServer({
        served: { name: TINY_NAME, base, endTokens: [] },
        folder,
        report: (thrown) => reports.push(thrown),
        ...changes,
        limits: { models: 100, ...changes.limits },
      });
      servers.push(server);
      return server;
    },
    async close() {
      for (const server of servers) await server.close();
      await base.dispose();
      await runtime.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
