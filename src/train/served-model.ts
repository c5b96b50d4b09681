/**
 * A model of ours that a server computes: its tokenizer from here, its tokens from there. If a checkpoint of adapters is to be
 * tested, they are loaded on the server for as long as this is open. A server that speaks no token ids is asked as a chat API.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type ServerOptions, serverOptionsSchema } from "../eval/chat/server-options.ts";
import { ADAPTER, ADAPTER_CONFIG } from "../policy/peft.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { abilitiesText, type ServerAbilities } from "../remote/openai/abilities.ts";
import { OpenAiApi } from "../remote/openai/api.ts";
import { type LoraAdapter, loadAdapter, unloadAdapter } from "../remote/openai/lora-adapter.ts";
import { probeServer } from "../remote/openai/probe.ts";
import { checkSameTokenizer } from "../remote/openai/same-tokenizer.ts";
import { findServerModel, type ServerKind } from "../remote/openai/server-model.ts";
import { tokenPolicy } from "../remote/openai/token-policy.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import { openTokenizer, type TokenizerOfModel } from "./open-tokenizer.ts";

export interface ServerTarget {
  readonly url: string;
  /** Null: the server says what it is. */
  readonly kind: ServerKind | null;
  /** Load the checkpoint's adapters; `path`: where the server sees them, if elsewhere. */
  readonly adapter: { readonly path: string | null } | null;
}

export interface ServedModelRequest {
  /** Whose tokens are spoken: a run, a checkpoint, a model. */
  readonly model: string;
  readonly server: ServerTarget;
  readonly options: ServerOptions | undefined;
  /** Null: none is sent. */
  readonly apiKey: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onWarning?(text: string): void;
}

export interface OpenServedModel {
  readonly tokenizer: Tokenizer;
  /** Null: the server speaks texts alone. */
  readonly policy: FrozenPolicy | null;
  /** What a chat API calls it. */
  readonly name: string;
  /** The same whenever it is opened, for results. */
  readonly description: string;
  readonly options: ServerOptions;
  /** Unloads what was loaded. */
  close(): Promise<void>;
}

/** Failed requests in a row, and as many for each that is on the wire. */
const [LEAST_FAILURES, FAILURES_PER_OPEN] = [20, 2] as const;

export async function openServedModel(request: ServedModelRequest): Promise<OpenServedModel> {
  const { server, signal, apiKey } = request;
  const options = request.options ?? serverOptionsSchema.parse({});
  const adapter = server.adapter === null ? null : adapterOf(request, server.adapter.path);
  const known = await openTokenizer(request.model);
  const { concurrency, timeoutMs, retries, keyEnv } = options;
  const api = new OpenAiApi({ url: server.url, apiKey, keyEnv, concurrency, timeoutMs, retries });
  try {
    const model = await findServerModel(api, { name: options.model ?? null, kind: server.kind }, signal);
    const abilities = await probeServer(api, model, signal);
    return await opened({ ...request, options, api, abilities, known, adapter });
  } catch (thrown) {
    await api.close();
    throw thrown;
  }
}

interface Opening extends ServedModelRequest {
  readonly options: ServerOptions;
  readonly api: OpenAiApi;
  readonly abilities: ServerAbilities;
  readonly known: TokenizerOfModel;
  readonly adapter: LoraAdapter | null;
}

async function opened(opening: Opening): Promise<OpenServedModel> {
  const { api, abilities, known, adapter, options, model, signal } = opening;
  const { name, kind, ids } = abilities;
  const onWarning = opening.onWarning ?? ((): void => {});
  const { tokenizer } = known;
  if (ids === null) warnOfChat(opening, onWarning);
  else {
    await checkSameTokenizer(api, name, tokenizer, signal);
    checkTokenSettings(options);
  }
  if (adapter !== null) await loadAdapter(api, kind, adapter, { signal, onWarning });
  const described = `${adapter === null ? "" : `adapters of ${basename(checkpointFolder(model))} beside `}${abilitiesText(abilities)}`;
  return {
    tokenizer,
    policy: ids === null ? null : policyOf(opening),
    name: adapter?.name ?? name,
    description: described,
    options,
    async close() {
      if (adapter !== null) await unloadAdapter(api, kind, adapter, onWarning);
      await api.close();
    },
  };
}

function policyOf({ api, abilities, known, adapter, options }: Opening): FrozenPolicy {
  const { tokenizer, vocabularySize, maxSequenceTokens } = known;
  return tokenPolicy({
    api,
    abilities,
    adapter: adapter?.name ?? null,
    vocabularySize,
    maxSequenceTokens,
    tokenBytes: (id) => tokenizer.bytes(id),
    cacheSalt: options.cacheSalt ?? null,
    sessionHeader: options.sessionHeader ?? null,
    overlap: true,
    mostFailures: Math.max(LEAST_FAILURES, FAILURES_PER_OPEN * options.concurrency),
  });
}

function warnOfChat({ api, abilities }: Opening, onWarning: (text: string) => void): void {
  const [why = "it says nothing of them"] = abilities.refusals;
  onWarning(`${api.root} speaks no token ids (${why}): it is asked as a chat API, by texts`);
}

function checkTokenSettings(options: ServerOptions): void {
  for (const field of ["turnTokens", "tokensField"] as const) {
    if (options[field] === undefined) continue;
    throw new AepoError("config", `server.${field}: has no effect on a server that is asked by token ids`, {
      fix: `leave server.${field} out; the limit of tokens of the task bounds a turn`,
    });
  }
}

/** A name that nobody else has: two evaluations of one checkpoint do not unload each other's. */
function adapterOf({ model, clock }: ServedModelRequest, path: string | null): LoraAdapter {
  const folder = resolve(checkpointFolder(model));
  const missing = [ADAPTER_CONFIG, ADAPTER].filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    throw new AepoError("usage", `--adapter: ${model} holds no adapters`, {
      expected: "a checkpoint of a run with policy.lora, or a folder of PEFT",
      exists: `${folder} without ${missing.join(" and ")}`,
      fix: "leave --adapter out where the server serves this very checkpoint",
    });
  }
  const hash = createHash("sha256").update(`${folder} ${clock.timestamp()} ${process.pid}`).digest("hex");
  return { name: `aepo-${hash.slice(0, 16)}`, path: path ?? folder };
}
