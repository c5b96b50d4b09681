/** The functions a TypeScript user calls: plain options in, validated as a recipe is, plain results out. */
import { z } from "zod";
import { algorithmSchema, makeAlgorithm } from "../algorithm/list.ts";
import type { AnyTask, Split } from "../envs/task.ts";
import { evalOptionsSchema, evaluate } from "../eval/evaluate.ts";
import { shapingSchema } from "../policy/shaping.ts";
import { growTrees } from "../rollout/grow.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { EvalRecord, MetricRecord, SftRecord } from "../run/records.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import * as start from "./cold-start.ts";
import {
  type ColdStartConfigInput,
  coldStartSchema,
  type FineTuneConfigInput,
  fineTuneSchema,
  type RunConfigInput,
  runConfigSchema,
} from "./config.ts";
import { entropyDivisor } from "./entropy-scale.ts";
import * as learn from "./fine-tune.ts";
import { openPolicy } from "./open.ts";
import { anyPolicySchema } from "./policy-options.ts";
import { checkPolicyFitsTask, checkTaskFitsAlgorithm } from "./policy-fit.ts";
import * as run from "./train.ts";

interface Interruptible {
  /** Stops the work cleanly; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TrainRequest extends RunConfigInput, Interruptible {
  readonly task: AnyTask;
  /** Go on with the run in `run.folder`, from its last checkpoint or the one named. */
  readonly resume?: boolean | string;
  onRecord?(record: MetricRecord): void;
}

/** Trains an agent on a task; everything it does is in the run folder. */
export function train(request: TrainRequest): Promise<run.TrainResult> {
  const { task, resume, signal, onRecord, ...settings } = request;
  const config = validated(runConfigSchema, settings, "train");
  return run.train({
    task,
    config,
    resolved: { task: { name: task.name }, ...config },
    ...(resume === undefined ? {} : { resume }),
    ...(signal === undefined ? {} : { signal }),
    ...(onRecord === undefined ? {} : { onRecord }),
  });
}

export interface ColdStartRequest extends ColdStartConfigInput, Interruptible {
  readonly task: AnyTask;
  /** Go on with the training that was stopped in `out`. */
  readonly resume?: boolean;
  onRecord?(record: SftRecord): void;
}

/** Makes a small policy for the task's words and teaches it the task's demonstrations. Returns the model folder. */
export function coldStart(request: ColdStartRequest): Promise<string> {
  const { task, resume = false, signal, onRecord, ...settings } = request;
  const config = validated(coldStartSchema, settings, "coldStart");
  return start.coldStart({
    task,
    config,
    resolved: { task: { name: task.name }, ...config },
    resume,
    ...(signal === undefined ? {} : { signal }),
    ...(onRecord === undefined ? {} : { onRecord }),
  });
}

export interface FineTuneRequest extends FineTuneConfigInput, Interruptible {
  /** Go on with the training that was stopped in `out`. */
  readonly resume?: boolean;
  onRecord?(record: SftRecord): void;
  /** Told what was left out of the data or mended in it. */
  onWarning?(text: string): void;
}

/** Teaches a pretrained model the assistant's part of conversations in a data file. Returns the model folder. */
export function fineTune(request: FineTuneRequest): Promise<string> {
  const { resume = false, signal, onRecord, onWarning, ...settings } = request;
  return learn.fineTune({
    resume,
    config: validated(fineTuneSchema, settings, "fineTune"),
    ...(signal === undefined ? {} : { signal }),
    ...(onRecord === undefined ? {} : { onRecord }),
    ...(onWarning === undefined ? {} : { onWarning }),
  });
}

const evaluateSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  split: z.enum(["train", "test"]).default("test"),
  policy: anyPolicySchema,
  eval: evalOptionsSchema.prefault({}),
  toolTimeoutMs: z.int().positive().default(30_000),
});

export interface EvaluateRequest extends z.input<typeof evaluateSchema>, Interruptible {
  readonly task: AnyTask;
}

/** Pass@k of a checkpoint on held-out questions. */
export async function evaluatePolicy(request: EvaluateRequest): Promise<EvalRecord> {
  const { task, signal = new AbortController().signal, ...settings } = request;
  const { policy: options, eval: evalOptions, ...rest } = validated(evaluateSchema, settings, "evaluatePolicy");
  const opened = await openPolicy(options);
  try {
    const { policy, tokenizer } = opened;
    checkPolicyFitsTask(task, policy.info, tokenizer);
    const inputs = { task, tokenizer, policy, options: evalOptions, step: 0, clock: systemClock, signal, ...rest };
    return (await evaluate(inputs)).record;
  } finally {
    await opened.close();
  }
}

const rolloutSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  algorithm: algorithmSchema,
  policy: anyPolicySchema,
  split: z.enum(["train", "test"]).default("train"),
  question: z.int().nonnegative().default(0),
  temperature: z.number().min(0).default(1),
  shaping: shapingSchema.optional(),
  toolTimeoutMs: z.int().positive().default(30_000),
});

export interface RolloutRequest extends z.input<typeof rolloutSchema>, Interruptible {
  readonly task: AnyTask;
  readonly split?: Split;
}

/** One rollout tree of one question, as training would grow it; with `shaping`, which training refuses, as evaluation samples. */
export async function rollout(request: RolloutRequest): Promise<RolloutTree> {
  const { task, signal = new AbortController().signal, ...settings } = request;
  const config = validated(rolloutSchema, settings, "rollout");
  const algorithm = makeAlgorithm(config.algorithm, task);
  checkTaskFitsAlgorithm(task, algorithm);
  const { policy, tokenizer, close } = await openPolicy(config.policy);
  checkPolicyFitsTask(task, policy.info, tokenizer);
  const sampler = policy.openSampler();
  try {
    const [tree] = await growTrees({
      task,
      tokenizer,
      sampler,
      questions: [task.question(config.split, config.question)],
      rules: algorithm.growth,
      seed: config.seed,
      step: 0,
      temperature: config.temperature,
      shaping: config.shaping,
      entropyDivisor: entropyDivisor(algorithm.entropyScale, policy.info, null),
      stateKeys: algorithm.needs?.includes("stateKeys") ?? false,
      overlap: false,
      toolTimeoutMs: config.toolTimeoutMs,
      clock: systemClock,
      signal,
    });
    if (tree === undefined) throw new AepoError("rollout", "the question gave no tree");
    return tree;
  } finally {
    await sampler.close();
    await close();
  }
}

function validated<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AepoError("config", `${name}: ${z.prettifyError(parsed.error)}`);
}
