/** Supervised training with its files: on from where it stood, checkpoints along the way, a model folder at the end. */
import { join } from "node:path";
import { writeFileAtomic } from "../run/atomic.ts";
import { folderStore, writeBlobAtomic } from "../run/blob-files.ts";
import { withFileErrors } from "../run/failures.ts";
import { makeFolder } from "../run/make-folder.ts";
import type { SftRecord } from "../run/records.ts";
import { systemClock } from "../std/clock.ts";
import type { ColdStartConfig } from "./config.ts";
import type { OpenPolicy } from "./opened-policy.ts";
import { sft, type SftOptions } from "./sft.ts";
import { openProgress } from "./sft-progress.ts";
import type { SftSource } from "./sft-source.ts";

/** What every supervised training is asked for with. */
export interface SftRequest {
  /** Go on with the training that was stopped in the folder. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  onRecord?(record: SftRecord): void;
}

export interface SftRun extends SftRequest {
  readonly opened: OpenPolicy;
  readonly source: SftSource;
  readonly config: Pick<ColdStartConfig, "out" | "optimizer" | "policy">;
  readonly options: SftOptions;
  /** The recipe, every default filled in. */
  readonly resolved: object;
  readonly measureProbes: (step: number) => Promise<number | null>;
}

/** Returns the folder: config.json, weights or adapters, tokenizer.json. */
export async function runSft(run: SftRun): Promise<string> {
  const { opened, source, config, options } = run;
  const { policy, chosen } = opened;
  const { out, optimizer } = config;
  withFileErrors("make", out, () => makeFolder(out));
  // With what was chosen for this machine: on another one, too, it goes on to the same bytes.
  const resolved = { ...run.resolved, policy: { ...config.policy, ...chosen } };
  const progress = await openProgress({ out, resolved, resume: run.resume === true }, policy);
  await sft({
    source,
    measureProbes: run.measureProbes,
    policy,
    options,
    optimizer,
    clock: systemClock,
    signal: run.signal ?? new AbortController().signal,
    done: progress.done,
    onRecord: (record) => run.onRecord?.(record),
    saveProgress: (step) => progress.save(step, policy),
  });
  await writeModel(out, opened);
  progress.finish();
  return out;
}

/** Model and tokenizer; the optimiser state of a training that is finished is of no further use. */
export async function writeModel(
  folder: string,
  { policy, tokenizer }: Pick<OpenPolicy, "policy" | "tokenizer">,
): Promise<void> {
  await policy.save({
    ...folderStore(folder),
    async write(name, content) {
      if (!name.startsWith("optimizer")) await writeBlobAtomic(join(folder, name), content);
    },
  });
  for (const [name, text] of Object.entries(tokenizer.files())) writeFileAtomic(join(folder, name), text);
}
