/** A server of a tiny random model whose 17 tokens are those of the conformance suite ("<a>" … "<q>"), on a base that adapters can join. */
import { openRuntime } from "../../engine/runtime/node.ts";
import { conformanceTokenBytes } from "../../policy/conformance-sampling.ts";
import { type SharedBase, sharedBase } from "../../policy/shared-base.ts";
import { TINY } from "../../policy/testing/tiny-adapters.ts";
import type { LoraOptions } from "../lora/lora-routes.ts";
import { type ModelServer, startServer } from "../server.ts";
import type { ServedTokenizer } from "../served-model.ts";

export interface LetterServer {
  readonly server: ModelServer;
  readonly base: SharedBase;
  /** The server's own faults, as they were reported. */
  readonly reports: unknown[];
  close(): Promise<void>;
}

const decoder = new TextDecoder();

export const letters: ServedTokenizer = {
  vocabularySize: TINY.vocab_size,
  encode: (text) => [...text.matchAll(/<([a-q])>/g)].map(([, letter = "a"]) => letter.charCodeAt(0) - 97),
  decode: (ids) => ids.map((id) => decoder.decode(conformanceTokenBytes(id))).join(""),
  token: (id) => decoder.decode(conformanceTokenBytes(id)),
  bytes: conformanceTokenBytes,
  stopConditions: (texts) => ({ stop: [], stopTexts: texts }),
  files: () => ({}),
};

/** `lora`: what the server may load, of the base. */
export async function letterServer(lora?: (base: SharedBase) => LoraOptions): Promise<LetterServer> {
  const runtime = await openRuntime({ threads: 1 });
  const base = await sharedBase({
    runtime,
    config: TINY,
    seed: 1,
    slots: 16,
    cacheTokens: 2048,
    checkpoint: "letters",
    tokenBytes: conformanceTokenBytes,
  });
  const reports: unknown[] = [];
  const server = await startServer({
    model: {
      id: "letters",
      policy: base.bare,
      tokenizer: letters,
      dialect: null,
      contextTokens: TINY.max_position_embeddings,
      defaultTokens: 20,
      seed: 1,
      created: 1_700_000_000,
    },
    host: "127.0.0.1",
    port: 0,
    apiKey: null,
    maxOpen: 256,
    now: () => 1_700_000_001,
    report: (thrown) => reports.push(thrown),
    lora: lora?.(base) ?? null,
  });
  return {
    server,
    base,
    reports,
    async close() {
      await server.close();
      await base.dispose();
      await runtime.close();
    },
  };
}
