/** A model after two optimiser steps on demonstrations of atlas-english, of all weights or of adapters, as a checkpoint folder. */
import { atlasEnglishTask } from "../../src/envs/atlas-english/atlas-english.ts";
import { makeFolder } from "../../src/run/make-folder.ts";
import { systemClock } from "../../src/std/clock.ts";
import { writeModel } from "../../src/train/sft-run.ts";
import { policySchema } from "../../src/train/config.ts";
import type { DemonstrationTokens } from "../../src/train/demonstration.ts";
import { openPolicy } from "../../src/train/open.ts";
import { optimizerSchema } from "../../src/train/optimizer.ts";
import { sft } from "../../src/train/sft.ts";
import { type SftSource, taskSource } from "../../src/train/sft-source.ts";
import { SIZES } from "./answers.ts";

const SEED = 7;
const BATCH = 2;

interface Training {
  readonly from: string;
  readonly out: string;
  readonly lora?: { readonly rank: number };
  readonly learningRate: number;
  /** Of a demonstration only this many tokens are kept, the last ones: two steps are to take a minute. */
  readonly tokens: number;
}

export async function trained({ from, out, lora, learningRate, tokens }: Training): Promise<string> {
  const options = policySchema.parse({ checkpoint: from, lora, ...SIZES });
  const training = { seed: SEED, sequenceTokens: tokens, samples: false };
  const { policy, tokenizer, close } = await openPolicy(options, training);
  try {
    await sft({
      source: lastTokens(taskSource(atlasEnglishTask(), tokenizer, { seed: SEED, batch: BATCH }), tokens),
      measureProbes: () => Promise.resolve(null),
      policy,
      options: { steps: 2, batch: BATCH, logEvery: 1, probeEvery: 0, checkpointEvery: 0 },
      optimizer: optimizerSchema.parse({ learningRate }),
      clock: systemClock,
      signal: new AbortController().signal,
      done: 0,
      saveProgress: () => Promise.resolve(),
      onRecord: ({ step, loss }) => process.stderr.write(`  step ${step}: loss ${loss.toFixed(4)}\n`),
    });
    makeFolder(out);
    await writeModel(out, { policy, tokenizer });
  } finally {
    await close();
  }
  return out;
}

function lastTokens(source: SftSource, count: number): SftSource {
  const cut = ({ ids, trained: isTrained }: DemonstrationTokens): DemonstrationTokens => ({
    ids: ids.slice(-count),
    // The first has nothing before it to be predicted from.
    trained: isTrained.slice(-count).map((is, i) => is && i > 0),
  });
  return { heldOut: [], batch: (step) => source.batch(step).map(cut) };
}
