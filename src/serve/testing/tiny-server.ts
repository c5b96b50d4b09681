/** A server of a small random model that writes bytes: fast, and as hostile a text as a model can write. */
import { openRuntime } from "../../engine/runtime/node.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { modelConfigSchema } from "../../policy/config.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "../../policy/embedded.ts";
import type { LiveSampler } from "../../policy/policy.ts";
import type { ServedModel } from "../served-model.ts";
import { type ModelServer, type ServeOptions, startServer } from "../server.ts";
import { chatBytes } from "./byte-tokenizer.ts";

const CONTEXT_TOKENS = 256;
export const CACHE_TOKENS = 4096;

export interface TinyServer {
  readonly server: ModelServer;
  readonly model: ServedModel;
  readonly policy: EmbeddedPolicy;
  /** The server's own faults, as they were reported. */
  readonly reports: unknown[];
  /** Another server of the same policy. */
  start(options?: Partial<ServeOptions>, model?: Partial<ServedModel>): Promise<ModelServer>;
  close(): Promise<void>;
}

/** `slots` fewer than clients, so that some wait. */
export async function tinyServer(slots = 8): Promise<TinyServer> {
  const runtime: Runtime = await openRuntime({ threads: 1 });
  const tokenizer = chatBytes();
  const config = modelConfigSchema.parse({
    vocab_size: tokenizer.vocabularySize,
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 8,
    intermediate_size: 24,
    max_position_embeddings: CONTEXT_TOKENS,
    embedding_scale: 40,
  });
  const tokenBytes = (id: number): Uint8Array => tokenizer.bytes(id);
  const policy = await embeddedPolicy({ runtime, config, seed: 3, slots, cacheTokens: CACHE_TOKENS, tokenBytes });
  const model: ServedModel = {
    id: "tiny",
    policy,
    tokenizer,
    dialect: null,
    contextTokens: CONTEXT_TOKENS,
    defaultTokens: 20,
    seed: 1,
    created: 1_700_000_000,
  };
  const reports: unknown[] = [];
  const servers: ModelServer[] = [];
  const start: TinyServer["start"] = async (options = {}, changes = {}) => {
    const server = await startServer({
      model: { ...model, ...changes },
      host: "127.0.0.1",
      port: 0,
      apiKey: null,
      maxOpen: 64,
      now: () => 1_700_000_001,
      report: (thrown) => reports.push(thrown),
      ...options,
    });
    servers.push(server);
    return server;
  };
  const server = await start();
  return {
    server,
    model,
    policy,
    reports,
    start,
    async close() {
      for (const one of servers) await one.close();
      await policy.dispose();
      await runtime.close();
    },
  };
}

/** A sampler whose engine fails at its `at`-th tick. */
export function failingSampler(sampler: LiveSampler, at: number): LiveSampler {
  let ticks = 0;
  return {
    submit: (request) => sampler.submit(request),
    next: () => sampler.next(),
    cancel: (id) => sampler.cancel(id),
    close: () => sampler.close(),
    ledger: sampler.ledger,
    tick: () => (++ticks === at ? Promise.reject(new Error("the device is lost")) : sampler.tick()),
  };
}
