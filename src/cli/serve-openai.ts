/** `aepo serve` behind OpenAI's API: one policy with its tokenizer. */
import { basename } from "node:path";
import { z } from "zod";
import { type DialectName, dialectNames, dialectOf } from "../envs/dialects/list.ts";
import { checkAllowedFolder, openLoraBase } from "../serve/lora/open-lora-base.ts";
import { canChat, type ServedModel } from "../serve/served-model.ts";
import { startServer } from "../serve/server.ts";
import { templateDialect } from "../serve/template-dialect.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import { policySchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { openPolicy } from "../train/open.ts";
import { runTask } from "./run-task.ts";
import type { ServeSource, Serving } from "./serve-options.ts";

const serveSchema = z.strictObject({
  seed: z.int().nonnegative().default(1).describe("Requests without a seed draw theirs from this."),
  policy: policySchema,
  serve: z
    .strictObject({
      maxOpen: z.int().positive().default(256).describe("Answers that are drawn or wait at a time."),
      defaultTokens: z.int().positive().default(1024).describe("New tokens of a chat request that names no number."),
      loras: z
        .int()
        .positive()
        .optional()
        .describe("Adapters that are loaded at a time, with --allow-lora (default 4)."),
    })
    .prefault({}),
});

/** Checks what was asked for; what it returns opens the model and serves it. */
export function openAiServing(source: ServeSource): (signal: AbortSignal) => Promise<Serving> {
  const { checkpoint, host, port, apiKey } = source;
  const config = readConfig(source.config, serveSchema);
  const dialect = dialectOption(source.options.dialect ?? "auto");
  const allowed = source.options.allowLora ?? null;
  checkLora(allowed, config);
  return async (signal) => {
    const { policy, tokenizer, lora, close } = await opened(config, allowed);
    try {
      signal.throwIfAborted();
      const now = (): number => Math.floor(Date.parse(systemClock.timestamp()) / 1000);
      const spoken = dialect === "auto" ? (trainedDialect(checkpoint) ?? templateDialect(tokenizer)) : dialect;
      const model: ServedModel = {
        id: source.name ?? basename(checkpoint),
        policy,
        tokenizer,
        dialect: spoken === null ? null : dialectOf(spoken),
        contextTokens: Math.min(policy.info.maxSequenceTokens, config.policy.cacheTokens),
        defaultTokens: config.serve.defaultTokens,
        seed: config.seed,
        created: now(),
      };
      const report = (thrown: unknown): void => void process.stderr.write(`aepo: ${messageOf(thrown)}\n`);
      const { maxOpen } = config.serve;
      const server = await startServer({ model, host, port, apiKey, maxOpen, now, report, lora });
      return {
        json: { url: server.url, model: model.id, dialect: spoken },
        lines: [
          `${model.id} (${policy.info.description})`,
          abilities(model),
          ...(allowed === null ? [] : [`adapters are loaded from below ${allowed}`]),
          `served at ${server.url}/v1; Ctrl-C ends it`,
        ],
        close: () => server.close().finally(close),
      };
    } catch (thrown) {
      await close();
      throw thrown;
    }
  };
}

type ServeConfig = z.output<typeof serveSchema>;

const LORAS = 4;

async function opened({ policy, serve }: ServeConfig, allowed: string | null) {
  if (allowed !== null) return openLoraBase(policy, { allowed, most: serve.loras ?? LORAS });
  return { ...(await openPolicy(policy)), lora: null };
}

function checkLora(allowed: string | null, { policy, serve }: ServeConfig): void {
  if (allowed !== null) checkAllowedFolder(allowed);
  if (allowed !== null && policy.lora !== undefined) {
    throw new AepoError("config", "policy.lora: has no effect on a model that is served: adapters bring their own", {
      fix: "leave policy.lora out",
    });
  }
  if (allowed !== null || serve.loras === undefined) return;
  throw new AepoError("config", "serve.loras: has no effect without --allow-lora", {
    fix: "leave it out, or name the folder",
  });
}

function abilities({ tokenizer, dialect }: ServedModel): string {
  if (!canChat(tokenizer)) return "no chat template: /v1/completions only";
  return dialect === null
    ? "calls of tools stay text (--dialect)"
    : `calls of tools are read as ${dialect.name} writes them`;
}

/** What a run's task taught it to write. */
function trainedDialect(checkpoint: string): DialectName | null {
  const task = runTask(checkpoint);
  return task !== null && "dialect" in task ? task.dialect : null;
}

function dialectOption(text: string): DialectName | "auto" | null {
  if (text === "auto") return text;
  if (text === "none") return null;
  const name = dialectNames.find((one) => one === text);
  if (name !== undefined) return name;
  throw new AepoError("usage", `--dialect ${text}: no such dialect`, {
    expected: ["auto", "none", ...dialectNames].join(", "),
  });
}
