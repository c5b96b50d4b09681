/** The server that the suite runs against: a live one that is named in the environment, or one of our own, over a tiny random model. */
import { z } from "zod";
import { TINY_NAME, TINY_TINKER, type TinyTinker, tinyTinker } from "../../../src/serve/tinker/testing/tiny-tinker.ts";
import { openInlineRuntime } from "../../../src/engine/runtime/node.ts";
import { STEP } from "../../../src/policy/conformance-learning.ts";
import { conformanceTokenBytes } from "../../../src/policy/conformance-sampling.ts";
import type { ModelConfig } from "../../../src/policy/config.ts";
import { Programs } from "../../../src/policy/programs.ts";
import { openTinkerClient } from "../../../src/remote/client/open-client.ts";
import type { TinkerClient } from "../../../src/remote/client/tinker-client.ts";
import { openRemotePolicy } from "../../../src/remote/policy/open-remote-policy.ts";
import type { Reduction, RemotePolicy, RemotePolicyOptions } from "../../../src/remote/policy/options.ts";
import { messageOf } from "../../../src/std/errors.ts";
import { type LocalModel, modelOfFolder, modelOfSeed } from "./local-model.ts";

/** How `npm run test:tinker` tells the suite what to run. */
export const LIVE = "AEPO_TINKER_LIVE";

const liveSchema = z.strictObject({
  /** Absent: our own server. */
  url: z.string().optional(),
  /** As the server calls it. Absent: the only one it has. */
  model: z.string().optional(),
  /** The same model's folder here. */
  base: z.string().optional(),
  rank: z.int().positive().default(4),
  samplersApart: z.boolean().default(false),
  microBatch: z.int().positive().default(1),
});
export type Live = z.output<typeof liveSchema>;

/** Null: a short form on our own server, for `npm test`. */
export function liveOptions(): Live | null {
  const text = process.env[LIVE];
  return text === undefined || text === "" ? null : liveSchema.parse(JSON.parse(text));
}

/** A client of a server, and policies on it. */
export interface Connected {
  readonly client: TinkerClient;
  readonly local: LocalModel;
  open(options?: Partial<RemotePolicyOptions>): Promise<RemotePolicy>;
}

export async function connectLive(live: Live & { readonly url: string }, programs: Programs): Promise<Connected> {
  const { url, rank, samplersApart, microBatch } = live;
  const client = await openTinkerClient({ url, samplersApart });
  const names = client.server.models.map(({ name }) => name);
  const baseModel = live.model ?? (names.length === 1 ? names[0] : undefined);
  if (baseModel === undefined) throw new Error(`--model NAME: the server has ${names.join(", ") || "no models"}`);
  const local = await modelOfFolder(live.base ?? baseModel);
  return connected(client, local, { baseModel, rank, samplersApart, microBatch, programs });
}

/** Whether steps clip gradients where they are told to: SkyRL's do not. */
export async function clipsGradients(live: Live & { readonly url: string }): Promise<boolean> {
  const runtime = await openInlineRuntime({ threads: 1 });
  const { client, open } = await connectLive(live, new Programs(runtime));
  try {
    await (await open({ optimizer: STEP })).dispose();
    return true;
  } catch (thrown) {
    if (messageOf(thrown).includes("does not clip")) return false;
    throw thrown;
  } finally {
    await client.close();
    await runtime.close();
  }
}

/** As the conformance suite wants it. */
export const SMALL: ModelConfig = { ...TINY_TINKER, vocab_size: 17, max_position_embeddings: 64 };
const SEED = 3;

export function ownServer(): Promise<TinyTinker> {
  return tinyTinker({ config: SMALL, seed: SEED, inline: true });
}

/** `url`: of a server over `ownServer`, or of a proxy before it. */
export async function connectOwn(url: string, programs: Programs): Promise<Connected> {
  const timeouts = { firstRetryMs: 2, pollMs: 5_000 };
  const client = await openTinkerClient({ url, samplersApart: true, timeouts, environment: {} });
  const local = await modelOfSeed(TINY_NAME, SMALL, SEED);
  return connected(client, local, { baseModel: TINY_NAME, rank: 4, samplersApart: true, microBatch: 1, programs });
}

type Fixed = Pick<RemotePolicyOptions, "baseModel" | "rank" | "samplersApart" | "microBatch" | "programs">;

function connected(client: TinkerClient, local: LocalModel, fixed: Fixed): Connected {
  const { vocab_size: vocabularySize, max_position_embeddings: maxSequenceTokens } = local.base.config;
  let reduction: Reduction | undefined;
  return {
    client,
    local,
    async open(options = {}) {
      const policy = await openRemotePolicy({
        ...fixed,
        client,
        seed: 5,
        limits: { vocabularySize, maxSequenceTokens },
        tokenBytes: conformanceTokenBytes,
        entropy: "surprisal",
        onNotice: (message) => process.stderr.write(`${message}\n`),
        // Found out once.
        ...(reduction === undefined ? {} : { reduction }),
        ...options,
      });
      reduction ??= policy.reduction;
      return policy;
    },
  };
}
