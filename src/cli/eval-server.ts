/** `aepo eval MODEL --server URL`: what the flags mean, and held-out questions asked of a model on a server. */
import { z } from "zod";
import { serverOptionsSchema } from "../eval/chat/server-options.ts";
import { evalOptionsSchema } from "../eval/evaluate.ts";
import { serverKey } from "../remote/openai/server-key.ts";
import { renderEvaluation } from "../report/evaluation.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import type { ConfigSource } from "../train/config-source.ts";
import { readConfig } from "../train/config-source.ts";
import { evaluateServed } from "../train/served-evaluation.ts";
import type { ServerTarget } from "../train/served-model.ts";
import { taskSchema, withTask } from "../train/tasks.ts";
import { interruptSignal } from "./interrupt.ts";
import { printJson } from "./options.ts";
import { warnOnStderr } from "./warn.ts";

const KINDS = ["auto", "vllm", "sglang"] as const;

export interface ServerFlags {
  readonly server?: string;
  readonly serverKind?: string;
  /** True: without a path. */
  readonly adapter?: string | true;
}

/** Undefined without --server. Throws on flags that need it. */
export function serverTarget({ server, serverKind, adapter }: ServerFlags): ServerTarget | undefined {
  if (server === undefined) {
    for (const [flag, value] of [
      ["--server-kind", serverKind],
      ["--adapter", adapter],
    ] as const) {
      if (value !== undefined)
        throw new AepoError("usage", `${flag} has no effect without --server`, {
          fix: "leave it out, or give --server URL",
        });
    }
    return undefined;
  }
  const kind = KINDS.find((one) => one === (serverKind ?? "auto"));
  if (kind === undefined) {
    throw new AepoError("usage", `--server-kind ${serverKind}: no such kind`, { expected: KINDS.join(", ") });
  }
  return {
    url: server,
    kind: kind === "auto" ? null : kind,
    adapter: adapter === undefined ? null : { path: adapter === true ? null : adapter },
  };
}

const servedEvalSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  task: taskSchema,
  server: serverOptionsSchema.optional(),
  eval: evalOptionsSchema.prefault({}),
  split: z.enum(["train", "test"]).default("test"),
  toolTimeoutMs: z.int().positive().default(30_000),
});

/** `source`: of the settings, the task of the run among them. */
export async function evalOnServer(
  model: string,
  server: ServerTarget,
  source: ConfigSource,
  json: boolean,
): Promise<void> {
  const { task: options, server: serverOptions, ...settings } = readConfig(source, servedEvalSchema);
  const apiKey = serverKey(server.url, serverOptions?.keyEnv, process.env);
  const { signal, release } = interruptSignal();
  const opening = { signal, seed: settings.seed, purpose: "use" as const, checkpoint: model, onWarning: warnOnStderr };
  const onOpen = (description: string): void => void process.stderr.write(`${description}\n`);
  const asked = { ...settings, model, server, options: serverOptions, apiKey, clock: systemClock, signal, onOpen };
  const record = await withTask(options, opening, (task) =>
    evaluateServed({ ...asked, task, onWarning: warnOnStderr }),
  ).finally(release);
  process.stderr.write(`${renderEvaluation(record)}\n`);
  if (json) printJson(record);
}
