/**
 * What supervised training learns from. A batch is pure in (seed, step): a run that is started again sees the same. A task's
 * demonstrations are fresh in every step; a data set is dealt in epochs, each in an order of its own, a share held out.
 */
import type { AnyTask } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import { randomStream } from "../std/random.ts";
import { type DemonstrationTokens, demonstrationTokens } from "./demonstration.ts";

export interface SftSource {
  /** From step 1. */
  batch(step: number): readonly DemonstrationTokens[];
  /** In no batch; measured along the way. */
  readonly heldOut: readonly DemonstrationTokens[];
}

export interface DatasetSource extends SftSource {
  /** Examples that are not held out. */
  readonly trained: number;
}

interface Dealing {
  readonly seed: number;
  /** Examples a step. */
  readonly batch: number;
}

export function taskSource(task: AnyTask, tokenizer: Tokenizer, { seed, batch }: Dealing): SftSource {
  const { demonstrate } = task;
  if (demonstrate === undefined) {
    throw new AepoError("config", `the task "${task.name}" has no demonstrations to start from`, {
      fix: "give it `demonstrate`, or train from a checkpoint that knows the task",
    });
  }
  return {
    heldOut: [],
    batch: (step) =>
      Array.from({ length: batch }, (_, i) => {
        const question = task.question("train", (step - 1) * batch + i);
        const demonstration = demonstrate(question, randomStream(seed, "demonstration", step, i));
        return demonstrationTokens(question, demonstration, tokenizer);
      }),
  };
}

/** Which examples are held out depends on the seed and their place alone. Throws if none are left to train on. */
export function datasetSource(
  examples: readonly DemonstrationTokens[],
  { seed, batch, heldOutShare }: Dealing & { readonly heldOutShare: number },
): DatasetSource {
  const isHeldOut = examples.map((_, i) => randomStream(seed, "held-out", i).uniform() < heldOutShare);
  const trained = examples.filter((_, i) => isHeldOut[i] === false);
  if (trained.length === 0) {
    throw new AepoError("config", "the data leaves nothing to train on", {
      exists: `${examples.length} examples, a share of ${heldOutShare} held out`,
    });
  }
  const orders = new Map<number, readonly DemonstrationTokens[]>();
  const orderOf = (epoch: number): readonly DemonstrationTokens[] => {
    const known = orders.get(epoch) ?? randomStream(seed, "epoch", epoch).shuffle(trained);
    // Steps go forward: only the last epoch is asked for again.
    orders.clear();
    orders.set(epoch, known);
    return known;
  };
  return {
    trained: trained.length,
    heldOut: examples.filter((_, i) => isHeldOut[i] === true),
    batch: (step) =>
      Array.from({ length: batch }, (_, i) => {
        const at = (step - 1) * batch + i;
        const example = orderOf(Math.floor(at / trained.length))[at % trained.length];
        if (example === undefined) throw new RangeError(`no example ${at}`);
        return example;
      }),
  };
}
