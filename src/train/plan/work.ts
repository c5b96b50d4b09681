/** What a recipe makes the machine do: how long its paths are, whether it samples, and what its steps take at given speeds. */
import { makeAlgorithm } from "../../algorithm/list.ts";
import type { AnyTask } from "../../envs/task.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { chatExamples } from "../chat-examples.ts";
import type { ColdStartConfig, FineTuneConfig, RunConfig } from "../config.ts";
import type { DemonstrationTokens } from "../demonstration.ts";
import type { PolicyOptions } from "../policy-options.ts";
import { stepsOf } from "../fine-tune.ts";
import { datasetSource } from "../sft-source.ts";
import { plannedSteps } from "../budget.ts";
import { type Estimate, estimateColdStart, estimateTrain, type Speeds } from "./estimate.ts";
import { dataLengths, type PathLengths, type TaskLengths, taskLengths } from "./path-lengths.ts";

/** A run whose policy is in this process. */
export type EmbeddedRun = RunConfig & { readonly policy: PolicyOptions };

/** A recipe of any kind, with its task as a value. */
export type PlanSubject =
  | { readonly kind: "train"; readonly task: AnyTask; readonly config: EmbeddedRun }
  | { readonly kind: "sft"; readonly task: AnyTask; readonly config: ColdStartConfig }
  | { readonly kind: "data"; readonly config: FineTuneConfig };

export interface Work {
  /** Tokens of the longest path. */
  readonly sequenceTokens: number;
  /** Sequences sampled together; 0: none. */
  readonly rows: number;
  /** Whether the policy it starts from is kept as a reference. */
  readonly reference: boolean;
  readonly lengths: TaskLengths;
  /** Null where it is not known how many steps there are. */
  readonly estimate: ((speeds: Speeds, lengths: PathLengths) => Estimate) | null;
}

/** Without a tokenizer lengths are guessed from limits. */
export async function workOf(
  subject: PlanSubject,
  tokenizer: Tokenizer | null,
  onNotice: (text: string) => void,
): Promise<Work> {
  if (subject.kind === "data") return dataWork(subject.config, tokenizer, onNotice);
  const { task } = subject;
  const common = { sequenceTokens: task.limits.tokens, lengths: taskLengths(task, tokenizer) };
  if (subject.kind === "sft") {
    const { sft } = subject.config;
    return {
      ...common,
      rows: 0,
      reference: false,
      estimate: (speeds, lengths) => estimateColdStart(sft, speeds, lengths),
    };
  }
  const { config } = subject;
  const steps = plannedSteps(config.train, config.algorithm.groupSize);
  return {
    ...common,
    reference: makeAlgorithm(config.algorithm, task).needs?.includes("reference") ?? false,
    rows: Math.min(config.policy.slots, config.train.questionsPerStep * config.algorithm.groupSize),
    estimate: steps === null ? null : (speeds, lengths) => estimateTrain(config, steps, speeds, lengths),
  };
}

async function dataWork(
  config: FineTuneConfig,
  tokenizer: Tokenizer | null,
  onNotice: (text: string) => void,
): Promise<Work> {
  const { data } = config;
  const examples = tokenizer === null ? [] : await chatExamples(data, tokenizer, onNotice);
  return {
    sequenceTokens: data.maxTokens,
    rows: 0,
    reference: false,
    lengths: dataLengths(examples, data.maxTokens),
    estimate: examples.length === 0 ? null : estimateOf(config, examples),
  };
}

function estimateOf(config: FineTuneConfig, examples: readonly DemonstrationTokens[]): NonNullable<Work["estimate"]> {
  const { data, seed, sft } = config;
  const { batch } = sft;
  const source = datasetSource(examples, { seed, batch, heldOutShare: data.heldOutShare });
  const steps = stepsOf(config, source);
  return (speeds, lengths) => estimateColdStart({ steps, batch }, speeds, lengths);
}
