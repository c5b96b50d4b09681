/** What a recipe takes on this machine: parameters, memory by part, speeds from a probe, time, and whether it fits. */
import type { AnyTask } from "../../envs/task.ts";
import type { ModelConfig } from "../../policy/config.ts";
import type { MemoryChoice } from "../../policy/memory/choose-recompute.ts";
import { type ParameterPart, parameterParts } from "../../policy/memory/parameter-parts.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { wordTokenizer } from "../../policy/word-tokenizer.ts";
import type { Clock } from "../../std/clock.ts";
import { AepoError } from "../../std/errors.ts";
import type { ColdStartConfig, PolicyOptions, RunConfig } from "../config.ts";
import { chooseMemory } from "../memory-plan.ts";
import { type Estimate, estimateColdStart, estimateTrain } from "./estimate.ts";
import { modelAtHand } from "./model-at-hand.ts";
import { type TaskLengths, taskLengths } from "./path-lengths.ts";
import { type Probe, probeSpeeds } from "./probe.ts";

/** Either kind of recipe, with its task as a value. */
export type PlanSubject =
  | { readonly kind: "train"; readonly task: AnyTask; readonly config: RunConfig }
  | { readonly kind: "sft"; readonly task: AnyTask; readonly config: ColdStartConfig };

export interface PlanOptions {
  /** Null: no probe. */
  readonly probeSeconds: number | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onNotice(text: string): void;
}

export interface Plan {
  readonly model: string;
  /** What is not here yet, or null. */
  readonly missing: string | null;
  readonly parameters: readonly ParameterPart[];
  readonly memory: MemoryChoice;
  /** Weights and optimiser state on the disk. */
  readonly checkpointBytes: number;
  readonly lengths: TaskLengths;
  readonly probe: Probe | null;
  /** Null without a probe. */
  readonly time: { readonly typical: Estimate; readonly most: Estimate } | null;
}

export async function planRecipe(subject: PlanSubject, options: PlanOptions): Promise<Plan> {
  const { task, config } = subject;
  const { model, tokenizer, missing } = await subjectModel(subject);
  const lora = config.policy.lora ?? null;
  const lengths = taskLengths(task, tokenizer);
  const samples = subject.kind === "train";
  const memory = chooseMemory(model, config.policy, { sequenceTokens: task.limits.tokens, samples });
  const parameters = parameterParts(model, lora);
  const trained = parameters.reduce((sum, part) => sum + part.trained, 0);
  const probe = memory.fits ? await runProbe(subject, model, memory, lengths, options) : null;
  return {
    model: describe(model, subject),
    missing,
    parameters,
    memory,
    checkpointBytes: 4 * 3 * trained,
    lengths,
    probe,
    time:
      probe === null
        ? null
        : { typical: estimate(subject, probe, lengths.typical), most: estimate(subject, probe, lengths.most) },
  };
}

interface SubjectModel {
  readonly model: ModelConfig;
  readonly tokenizer: Tokenizer | null;
  readonly missing: string | null;
}

async function subjectModel({ kind, task, config }: PlanSubject): Promise<SubjectModel> {
  const checkpoint = kind === "train" ? config.policy.checkpoint : config.from;
  if (checkpoint !== undefined) {
    const { config: model, tokenizer, missing } = await modelAtHand(checkpoint);
    return { model, tokenizer, missing };
  }
  if (kind === "train" || config.model === undefined || task.vocabulary === undefined) {
    throw new AepoError("config", `the task "${task.name}" lists no vocabulary to make a policy for`, {
      fix: "give the recipe `from`, a checkpoint that knows the task's words",
    });
  }
  const tokenizer = wordTokenizer(task.vocabulary);
  return { model: { ...config.model, vocab_size: tokenizer.vocabularySize }, tokenizer, missing: null };
}

async function runProbe(
  { kind, config }: PlanSubject,
  model: ModelConfig,
  { recompute }: MemoryChoice,
  { typical }: TaskLengths,
  { probeSeconds, clock, signal, onNotice }: PlanOptions,
): Promise<Probe | null> {
  if (probeSeconds === null) return null;
  onNotice(`measuring speeds, for at most about ${probeSeconds} s …`);
  const policy: Omit<PolicyOptions, "checkpoint"> = config.policy;
  const rows =
    kind === "train" ? Math.min(policy.slots, config.train.questionsPerStep * config.algorithm.groupSize) : 0;
  const sequenceTokens = Math.min(typical.path, model.max_position_embeddings);
  return probeSpeeds({
    config: model,
    policy,
    recompute,
    sequenceTokens,
    rows,
    limitSeconds: probeSeconds,
    clock,
    signal,
  });
}

function estimate(subject: PlanSubject, probe: Probe, lengths: TaskLengths["typical"]): Estimate {
  return subject.kind === "train"
    ? estimateTrain(subject.config, probe, lengths)
    : estimateColdStart(subject.config, probe, lengths);
}

function describe(model: ModelConfig, { kind, config }: PlanSubject): string {
  const name = kind === "train" ? config.policy.checkpoint : (config.from ?? "a policy made from scratch");
  const { model_type, num_hidden_layers: layers, hidden_size: width, vocab_size: vocabulary } = model;
  return `${name}: ${model_type}, ${layers} layers, width ${width}, vocabulary ${vocabulary.toLocaleString("en")}`;
}
