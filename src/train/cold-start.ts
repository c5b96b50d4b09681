/** A cold start from nothing to a model folder: a fresh policy, the task's demonstrations, the files to train from. */
import { join } from "node:path";
import type { AnyTask } from "../envs/task.ts";
import { writeFileAtomic } from "../run/atomic.ts";
import { folderStore, writeBlobAtomic } from "../run/blob-files.ts";
import { withFileErrors } from "../run/failures.ts";
import type { SftRecord } from "../run/records.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import type { ColdStartConfig } from "./config.ts";
import { newPolicy, openPolicy, type OpenPolicy } from "./open.ts";
import { checkPolicyFitsTask } from "./policy-fit.ts";
import { measureProbes } from "./readiness.ts";
import { sft } from "./sft.ts";
import { taskSource } from "./sft-source.ts";
import { makeFolder } from "../run/make-folder.ts";

export interface ColdStartOptions {
  readonly task: AnyTask;
  readonly config: ColdStartConfig;
  readonly signal?: AbortSignal;
  onRecord?(record: SftRecord): void;
}

/** Returns the folder: config.json, model.safetensors, tokenizer.json. */
export async function coldStart({ task, config, signal, onRecord }: ColdStartOptions): Promise<string> {
  const opened = await openOrigin(task, config);
  try {
    checkPolicyFitsTask(task, opened.policy.info, opened.tokenizer);
    withFileErrors("make", config.out, () => makeFolder(config.out));
    const { policy, tokenizer } = opened;
    const { seed } = config;
    await sft({
      source: taskSource(task, tokenizer, { seed, batch: config.sft.batch }),
      measureProbes: (step) => measureProbes({ task, tokenizer, policy, seed }, step),
      policy,
      options: config.sft,
      optimizer: config.optimizer,
      clock: systemClock,
      signal: signal ?? new AbortController().signal,
      onRecord: (record) => onRecord?.(record),
    });
    await writeModel(config.out, opened);
  } finally {
    await opened.close();
  }
  return config.out;
}

/** A policy from scratch, or the one to go on from. */
function openOrigin(task: AnyTask, { model, from, policy, seed }: ColdStartConfig): Promise<OpenPolicy> {
  const training = { seed, sequenceTokens: task.limits.tokens, samples: false };
  if (model === undefined) return openPolicy({ ...policy, checkpoint: from ?? "" }, training);
  if (task.vocabulary !== undefined) return newPolicy(policy, model, task.vocabulary, training);
  throw new AepoError("config", `the task "${task.name}" lists no vocabulary to make a policy for`, {
    fix: "give it `vocabulary`, or start from a checkpoint that knows its words",
  });
}

/** Model and tokenizer; the optimiser state of a cold start is of no further use. */
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
