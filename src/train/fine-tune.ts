/** Supervised training of a pretrained model on conversations of a data file, from the file to a model folder. */
import { makeFolder } from "../run/make-folder.ts";
import { withFileErrors } from "../run/failures.ts";
import type { SftRecord } from "../run/records.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { chatExamples } from "./chat-examples.ts";
import { writeModel } from "./cold-start.ts";
import type { FineTuneConfig } from "./config.ts";
import { openPolicy } from "./open.ts";
import { sft } from "./sft.ts";
import { datasetSource, type DatasetSource } from "./sft-source.ts";

export interface FineTuneOptions {
  readonly config: FineTuneConfig;
  readonly signal?: AbortSignal;
  onRecord?(record: SftRecord): void;
  /** What was left out of the data or mended in it. */
  onWarning?(text: string): void;
}

/** Returns the folder: config.json, weights or adapters, tokenizer.json, tokenizer_config.json. */
export async function fineTune({ config, signal, onRecord, onWarning }: FineTuneOptions): Promise<string> {
  const { data, seed, out } = config;
  const training = { seed, sequenceTokens: data.maxTokens, samples: false };
  const opened = await openPolicy({ ...config.policy, checkpoint: config.from }, training);
  try {
    const { policy, tokenizer } = opened;
    checkLength(config, policy.info.maxSequenceTokens);
    const examples = await chatExamples(data, tokenizer, (text) => onWarning?.(text));
    const source = datasetSource(examples, { seed, batch: config.sft.batch, heldOutShare: data.heldOutShare });
    withFileErrors("make", out, () => makeFolder(out));
    await sft({
      source,
      measureProbes: () => Promise.resolve(null),
      policy,
      options: { ...config.sft, steps: stepsOf(config, source) },
      optimizer: config.optimizer,
      clock: systemClock,
      signal: signal ?? new AbortController().signal,
      onRecord: (record) => onRecord?.(record),
    });
    await writeModel(out, opened);
  } finally {
    await opened.close();
  }
  return out;
}

/** Optimiser steps until every example has been seen as often as is wanted; the last one may begin another round. */
export function stepsOf(
  { sft: { epochs, batch } }: Pick<FineTuneConfig, "sft">,
  { trained }: Pick<DatasetSource, "trained">,
): number {
  return Math.ceil((epochs * trained) / batch);
}

function checkLength({ data }: FineTuneConfig, maxSequenceTokens: number): void {
  if (data.maxTokens <= maxSequenceTokens) return;
  throw new AepoError("config", "data.maxTokens allows longer conversations than the model can read", {
    expected: `at most ${maxSequenceTokens}`,
    exists: String(data.maxTokens),
  });
}
