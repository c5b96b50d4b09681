/** Supervised training of a pretrained model on conversations of a data file, from the file to a model folder. */
import { AepoError } from "../std/errors.ts";
import { chatExamples } from "./chat-examples.ts";
import type { FineTuneConfig } from "./config.ts";
import { openPolicy } from "./open.ts";
import { runSft, type SftRequest } from "./sft-run.ts";
import { datasetSource, type DatasetSource } from "./sft-source.ts";

export interface FineTuneOptions extends SftRequest {
  readonly config: FineTuneConfig;
  /** What was left out of the data or mended in it. */
  onWarning?(text: string): void;
}

/** Returns the folder: config.json, weights or adapters, tokenizer.json, tokenizer_config.json. */
export async function fineTune({ config, onWarning, ...request }: FineTuneOptions): Promise<string> {
  const { data, seed, sft } = config;
  const training = { seed, sequenceTokens: data.maxTokens, samples: false };
  const opened = await openPolicy({ ...config.policy, checkpoint: config.from }, training);
  try {
    checkLength(config, opened.policy.info.maxSequenceTokens);
    const examples = await chatExamples(data, opened.tokenizer, (text) => onWarning?.(text));
    const source = datasetSource(examples, { seed, batch: sft.batch, heldOutShare: data.heldOutShare });
    const { epochs: _, ...options } = sft;
    return await runSft({
      ...request,
      opened,
      source,
      config,
      options: { ...options, steps: stepsOf(config, source) },
      resolved: config,
      measureProbes: () => Promise.resolve(null),
    });
  } finally {
    await opened.close();
  }
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
