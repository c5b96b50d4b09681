/**
 * Adapters of a checkpoint on a server that runs: loaded under a name, and unloaded whatever happened meanwhile. vLLM's requests,
 * which ours answers too, and SGLang's.
 */
import { z } from "zod";
import { AepoError, messageOf } from "../../std/errors.ts";
import type { OpenAiApi } from "./api.ts";
import { RequestFailure } from "./request-failure.ts";
import type { ServerKind } from "./server-model.ts";

export interface LoraAdapter {
  /** As the server shall call it. */
  readonly name: string;
  /** As the SERVER sees it. */
  readonly path: string;
}

interface LoraForm {
  readonly load: string;
  readonly unload: string;
  /** How to start a server that loads adapters. */
  readonly start: string;
}

const VLLM: LoraForm = {
  load: "/v1/load_lora_adapter",
  unload: "/v1/unload_lora_adapter",
  start:
    "start vLLM with --enable-lora --max-lora-rank RANK and the environment variable VLLM_ALLOW_RUNTIME_LORA_UPDATING=True",
};
const FORMS: Readonly<Record<ServerKind, LoraForm>> = {
  vllm: VLLM,
  aepo: { ...VLLM, start: "start it with aepo serve MODEL --allow-lora FOLDER" },
  sglang: {
    load: "/load_lora_adapter",
    unload: "/unload_lora_adapter",
    start: "start SGLang with --enable-lora --max-lora-rank RANK --lora-target-modules all",
  },
  other: {
    ...VLLM,
    start: "name the server's kind (--server-kind vllm or sglang) and start it so that it loads adapters while it runs",
  },
};

/** Time for a server to forget an adapter, whatever else it does. */
const UNLOAD_MS = 30_000;

/** Rejects with AepoError where the server refuses; one that was stopped half-way is unloaded again. */
export async function loadAdapter(
  api: OpenAiApi,
  kind: ServerKind,
  adapter: LoraAdapter,
  { signal, onWarning }: { readonly signal: AbortSignal; onWarning(text: string): void },
): Promise<void> {
  try {
    await load(api, kind, adapter, signal);
  } catch (thrown) {
    if (!(thrown instanceof AepoError)) await unloadAdapter(api, kind, adapter, onWarning);
    throw thrown;
  }
}

async function load(api: OpenAiApi, kind: ServerKind, { name, path }: LoraAdapter, signal: AbortSignal): Promise<void> {
  const { load: route, start } = FORMS[kind];
  try {
    const said = await api.post(route, { lora_name: name, lora_path: path }, { signal, once: true });
    const why = refusalOf(said);
    if (why !== null) throw new RequestFailure(why, 200);
  } catch (thrown) {
    if (!(thrown instanceof RequestFailure)) throw thrown;
    if (thrown.status === null) throw thrown;
    const missing = [403, 404, 405, 501].includes(thrown.status);
    throw new AepoError("policy", `the server does not load the adapter: ${thrown.message}`, {
      exists: `${path}, which must be a folder that the server can read`,
      fix: missing ? start : `${start}; if the server sees the folder elsewhere, say where: --adapter PATH`,
      cause: thrown,
    });
  }
}

/** Never rejects; `onWarning` is told if the server keeps it. */
export async function unloadAdapter(
  api: OpenAiApi,
  kind: ServerKind,
  { name }: LoraAdapter,
  onWarning: (text: string) => void,
): Promise<void> {
  const signal = AbortSignal.timeout(UNLOAD_MS);
  const { unload: route } = FORMS[kind];
  try {
    const why = refusalOf(await api.post(route, { lora_name: name }, { signal, once: true }));
    if (why !== null) throw new RequestFailure(why, 200);
  } catch (thrown) {
    onWarning(`the adapter ${name} is still on the server, it could not be unloaded: ${messageOf(thrown)}`);
  }
}

const saidSchema = z.looseObject({ success: z.boolean(), error_message: z.string().nullish() });

/** SGLang answers 200 and says in the body that it did not. */
function refusalOf(said: unknown): string | null {
  const { data } = saidSchema.safeParse(said);
  return data === undefined || data.success ? null : (data.error_message ?? "it does not say why");
}
