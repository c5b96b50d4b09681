/**
 * What a recipe asks of a server: nothing of this machine's memory, but tokens that are drawn and trained there. Nobody is asked:
 * how fast the server is, `aepo doctor --engine tinker` measures.
 */
import type { AnyTask } from "../../envs/task.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { AepoError } from "../../std/errors.ts";
import { plannedSteps } from "../budget.ts";
import type { RunConfig } from "../config.ts";
import { openTokenizer } from "../open-tokenizer.ts";
import type { TinkerOptions } from "../tinker-options.ts";
import { type Estimate, estimateTrain } from "./estimate.ts";
import { type TaskLengths, taskLengths } from "./path-lengths.ts";

export interface RemotePlan {
  readonly model: string;
  readonly url: string;
  readonly rank: number;
  /** Null where the tokenizer is not here (`missing`). */
  readonly sizes: { readonly vocabularySize: number; readonly maxSequenceTokens: number } | null;
  readonly missing: string | null;
  readonly lengths: TaskLengths;
  /** Sample requests at once. */
  readonly concurrency: number;
  /** Over the whole run; null where it is not known how many steps there are. */
  readonly work: readonly RemoteWork[] | null;
}

export interface RemoteWork extends Pick<Estimate["rows"][number], "what" | "times"> {
  readonly typicalTokens: number;
  readonly mostTokens: number;
}

export async function planRemote(task: AnyTask, config: RunConfig, policy: TinkerOptions): Promise<RemotePlan> {
  const found = await openTokenizer(policy.tokenizer).catch((thrown: unknown) => {
    if (thrown instanceof AepoError) return thrown.message;
    throw thrown;
  });
  const known = typeof found === "string" ? null : found;
  const lengths = taskLengths(task, known?.tokenizer ?? null);
  return {
    model: policy.model,
    url: policy.url,
    rank: policy.lora.rank,
    sizes: known === null ? null : { vocabularySize: known.vocabularySize, maxSequenceTokens: known.maxSequenceTokens },
    missing: typeof found === "string" ? found : tooShort(task, known),
    lengths,
    concurrency: policy.concurrency,
    work: remoteWork(config, lengths),
  };
}

function tooShort(task: AnyTask, known: { readonly tokenizer: Tokenizer; readonly maxSequenceTokens: number } | null) {
  if (known === null || task.limits.tokens <= known.maxSequenceTokens) return null;
  return `the task allows paths of ${task.limits.tokens} tokens, the model reads ${known.maxSequenceTokens}: lower limits.tokens`;
}

/** Of the embedded engine's estimate the counts; but every path is sent whole, where that engine computes a prefix once. */
function remoteWork(config: RunConfig, lengths: TaskLengths): RemoteWork[] | null {
  const steps = plannedSteps(config.train, config.algorithm.groupSize);
  if (steps === null) return null;
  const speeds = { training: 1, sampling: 1, optimizerStepSeconds: 0 };
  const paths = steps * config.train.questionsPerStep * config.algorithm.groupSize;
  const rows = (of: TaskLengths["typical"]): Estimate["rows"] => estimateTrain(config, steps, speeds, of).rows;
  const most = rows(lengths.most);
  return rows(lengths.typical).map(({ what, times, tokens }, i) => {
    const whole = what === "updates";
    return {
      what,
      times,
      typicalTokens: whole ? paths * lengths.typical.path : tokens,
      mostTokens: whole ? paths * lengths.most.path : (most[i]?.tokens ?? 0),
    };
  });
}
