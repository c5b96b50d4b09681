/** Policies on a server of this process, over a tiny random model: real requests over a real connection. */
import { openInlineRuntime } from "../../../engine/runtime/node.ts";
import { conformanceTokenBytes } from "../../../policy/conformance-sampling.ts";
import type { ModelConfig } from "../../../policy/config.ts";
import { Programs } from "../../../policy/programs.ts";
import { TINY_NAME, TINY_TINKER, type TinyTinker, tinyTinker } from "../../../serve/tinker/testing/tiny-tinker.ts";
import type { TinkerServerOptions } from "../../../serve/tinker/start-tinker-server.ts";
import type { TinkerClientOptions } from "../../client/options.ts";
import { openTinkerClient } from "../../client/open-client.ts";
import type { TinkerClient } from "../../client/tinker-client.ts";
import { openRemotePolicy } from "../open-remote-policy.ts";
import type { RemotePolicy, RemotePolicyOptions } from "../options.ts";

/** As the conformance suite wants it. */
export const SMALL: ModelConfig = { ...TINY_TINKER, vocab_size: 17, max_position_embeddings: 64 };

export interface TinyRemote {
  readonly tiny: TinyTinker;
  readonly programs: Programs;
  /** A server of its own settings, and a client of it. */
  connect(server?: Partial<TinkerServerOptions>, client?: Partial<TinkerClientOptions>): Promise<TinkerClient>;
  open(client: TinkerClient, options?: Partial<RemotePolicyOptions>): Promise<RemotePolicy>;
  close(): Promise<void>;
}

export async function tinyRemote(): Promise<TinyRemote> {
  const tiny = await tinyTinker({ config: SMALL, inline: true });
  const runtime = await openInlineRuntime({ threads: 1 });
  const programs = new Programs(runtime);
  const clients: TinkerClient[] = [];
  return {
    tiny,
    programs,
    async connect(server = {}, options = {}) {
      const { url } = await tiny.start({ limits: { models: 100 }, ...server });
      const client = await openTinkerClient({ url, samplersApart: true, ...options });
      clients.push(client);
      return client;
    },
    open: (client, options = {}) =>
      openRemotePolicy({
        client,
        baseModel: TINY_NAME,
        rank: 4,
        seed: 5,
        limits: { vocabularySize: SMALL.vocab_size, maxSequenceTokens: SMALL.max_position_embeddings },
        programs,
        tokenBytes: conformanceTokenBytes,
        samplersApart: true,
        ...options,
      }),
    async close() {
      for (const client of clients) await client.close();
      await tiny.close();
      await runtime.close();
    },
  };
}
