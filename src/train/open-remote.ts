/**
 * Opens a policy on a server that speaks the Tinker protocol: a client, the tokenizer that belongs to the server's model, a small
 * runtime that turns losses into coefficients, a fresh adapter. What an earlier process of the run left there is freed first.
 */
import { openRuntime } from "../engine/runtime/node.ts";
import { fingerprintingReader } from "../policy/base-model.ts";
import { parameterShapes } from "../policy/parameters.ts";
import { Programs } from "../policy/programs.ts";
import { LARGEST_SEED, type ModelLimits } from "../protocol/limits.ts";
import { openTinkerClient } from "../remote/client/open-client.ts";
import type { TinkerClient } from "../remote/client/tinker-client.ts";
import { openRemotePolicy } from "../remote/policy/open-remote-policy.ts";
import type { LocalBase } from "../remote/policy/options.ts";
import { type ServerFile, serverFile } from "../run/server-file.ts";
import { AepoError } from "../std/errors.ts";
import { derivedSeed } from "../std/random.ts";
import { openModel } from "./open-model.ts";
import { openTokenizer, type TokenizerOfModel } from "./open-tokenizer.ts";
import type { OpenPolicy, Training } from "./opened-policy.ts";
import { noticingClient } from "./noticing-client.ts";
import type { TinkerOptions } from "./tinker-options.ts";

export async function openRemote(options: TinkerOptions, training: Training | null): Promise<OpenPolicy> {
  const found = await openTokenizer(options.tokenizer);
  const local = options.downloadAdapters ? await localBase(options.tokenizer) : undefined;
  const client = await connect(options, training);
  const file = training?.remote === undefined ? null : serverFile(training.remote.file);
  try {
    const limits = limitsOf(options, found, client);
    if (file !== null) await freeOrphans(client, file);
    const runtime = await openRuntime({ threads: 1 });
    try {
      const { signal, onNotice, overlap, optimizer } = training?.remote ?? {};
      const policy = await openRemotePolicy({
        client: noticingClient(client, (model) => file?.add(model)),
        baseModel: options.model,
        rank: options.lora.rank,
        seed: options.lora.seed ?? derivedSeed(training?.seed ?? 0, "adapter") % LARGEST_SEED,
        limits,
        programs: new Programs(runtime),
        tokenBytes: (id) => found.tokenizer.bytes(id),
        reduction: options.reduction,
        entropy: options.entropy,
        samplersApart: options.samplersApart,
        concurrentSamples: options.concurrency,
        microBatch: options.microBatch,
        ...(overlap === undefined ? {} : { overlap }),
        ...(optimizer === undefined ? {} : { optimizer }),
        ...(local === undefined ? {} : { local }),
        ...(signal === undefined ? {} : { signal }),
        ...(onNotice === undefined ? {} : { onNotice }),
      });
      return {
        policy,
        tokenizer: found.tokenizer,
        chosen: {},
        async close() {
          await policy.dispose().catch(() => undefined);
          await client.close();
          await runtime.close();
          file?.clear();
        },
      };
    } catch (thrown) {
      await runtime.close();
      throw thrown;
    }
  } catch (thrown) {
    await client.close();
    throw thrown;
  }
}

function connect(options: TinkerOptions, training: Training | null): Promise<TinkerClient> {
  const { url, apiKeyEnv, concurrency, samplersApart, futureTimeoutMs } = options;
  const { signal, onNotice } = training?.remote ?? {};
  if (apiKeyEnv !== undefined && (process.env[apiKeyEnv] ?? "") === "") {
    throw new AepoError("config", `policy.apiKeyEnv: the environment variable ${apiKeyEnv} is not set`, {
      expected: "the server's key",
      fix: `export ${apiKeyEnv}=…, or leave policy.apiKeyEnv out for a server without keys`,
    });
  }
  return openTinkerClient(
    {
      url,
      ...(apiKeyEnv === undefined ? {} : { apiKeyVariable: apiKeyEnv }),
      tags: ["aepo"],
      samplersApart,
      concurrentSamples: concurrency,
      timeouts: { resultMs: futureTimeoutMs },
      ...(onNotice === undefined ? {} : { onNotice }),
    },
    signal,
  );
}

/** Throws if the server says that it has other models; the shorter of what it and config.json say of sequences. */
function limitsOf({ model }: TinkerOptions, found: TokenizerOfModel, { server, baseUrl }: TinkerClient): ModelLimits {
  const { vocabularySize, maxSequenceTokens } = found;
  const named = server.models.find(({ name }) => name === model);
  if (named === undefined && server.models.length > 0) {
    throw new AepoError("config", `policy.model: the server at ${baseUrl} has no model "${model}"`, {
      exists: server.models.map(({ name }) => name).join(", "),
      fix: "name one of these, and its tokenizer (policy.tokenizer)",
    });
  }
  return { vocabularySize, maxSequenceTokens: Math.min(maxSequenceTokens, named?.maxContextLength ?? Infinity) };
}

/** Of a process of this run that died. Another server's are none of our business. */
async function freeOrphans(client: TinkerClient, file: ServerFile): Promise<void> {
  const left = file.left();
  if (left !== null && left.url === client.baseUrl) await client.unloadOrphans(left.models);
  file.begin(client.baseUrl, client.sessionId);
}

/** The base model's weights as they are here, read once: adapters that are downloaded say which they belong to. */
async function localBase(checkpoint: string): Promise<LocalBase> {
  const { config, tensors } = await openModel(checkpoint).catch((thrown: unknown) => {
    throw new AepoError(
      "config",
      `policy.downloadAdapters: the base model's weights do not open at policy.tokenizer, ${checkpoint}`,
      {
        fix: "name a folder that holds them, or leave policy.downloadAdapters out",
        cause: thrown,
      },
    );
  });
  try {
    const reader = fingerprintingReader(config, tensors);
    for (const { name } of parameterShapes(config)) await reader.read(name);
    return { checkpoint, config, fingerprint: reader.fingerprint() ?? "" };
  } finally {
    await tensors.close();
  }
}
