/** Opens a model that adapters can be loaded beside while it is served: its weights are in memory once. */
import { existsSync, statSync } from "node:fs";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { folderStore } from "../../run/blob-files.ts";
import { AepoError } from "../../std/errors.ts";
import type { PolicyOptions } from "../../train/config.ts";
import type { ServedPolicy } from "../served-model.ts";
import { openServedBase } from "../tinker/open-served-base.ts";
import type { LoraOptions } from "./lora-routes.ts";

export interface OpenLoraBase {
  readonly policy: ServedPolicy;
  readonly tokenizer: Tokenizer;
  readonly lora: LoraOptions;
  close(): Promise<void>;
}

/** `allowed`: adapters come from below it, `most` at a time. */
export async function openLoraBase(
  options: PolicyOptions,
  { allowed, most }: Pick<LoraOptions, "allowed" | "most">,
): Promise<OpenLoraBase> {
  const { base, tokenizer, close } = await openServedBase(options, options.checkpoint);
  return {
    policy: base.bare,
    tokenizer,
    lora: {
      allowed,
      most,
      async open(folder) {
        const policy = await base.openAdapters(folderStore(folder));
        return { policy, dispose: () => policy.dispose() };
      },
    },
    close,
  };
}

export function checkAllowedFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  throw new AepoError("usage", `--allow-lora ${folder}: there is no such folder`, {
    expected: "a folder with runs or adapters below it",
  });
}
