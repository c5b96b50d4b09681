/** What a recipe takes on this machine: parameters, memory by part, speeds from a probe, time, and whether it fits. */
import type { ModelConfig } from "../../policy/config.ts";
import type { MemoryChoice } from "../../policy/memory/choose-recompute.ts";
import { type ParameterPart, parameterParts } from "../../policy/memory/parameter-parts.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { wordTokenizer } from "../../policy/word-tokenizer.ts";
import type { Clock } from "../../std/clock.ts";
import { AepoError } from "../../std/errors.ts";
import type { PolicyOptions } from "../config.ts";
import { chooseMemory } from "../memory-plan.ts";
import type { Estimate } from "./estimate.ts";
import { modelAtHand } from "./model-at-hand.ts";
import type { TaskLengths } from "./path-lengths.ts";
import { type Probe, probeSpeeds } from "./probe.ts";
import { type PlanSubject, type Work, workOf } from "./work.ts";

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
  /** Null without a probe, and where it is not known how much there is to do. */
  readonly time: { readonly typical: Estimate; readonly most: Estimate } | null;
}

export async function planRecipe(subject: PlanSubject, options: PlanOptions): Promise<Plan> {
  const { policy } = subject.config;
  const { model, tokenizer, missing } = await subjectModel(subject);
  const lora = policy.lora ?? null;
  const work = await workOf(subject, tokenizer, options.onNotice);
  const samples = work.rows > 0;
  const { sequenceTokens, reference } = work;
  const memory = chooseMemory(model, policy, { sequenceTokens, samples, reference });
  const parameters = parameterParts(model, lora);
  const trained = parameters.reduce((sum, part) => sum + part.trained, 0);
  const probe = memory.fits ? await runProbe(policy, model, memory, work, options) : null;
  return {
    model: describe(model, subject),
    missing,
    parameters,
    memory,
    checkpointBytes: 4 * 3 * trained,
    lengths: work.lengths,
    probe,
    time:
      probe === null || work.estimate === null
        ? null
        : {
            typical: work.estimate(probe, work.lengths.typical),
            most: work.estimate(probe, work.lengths.most),
          },
  };
}

interface SubjectModel {
  readonly model: ModelConfig;
  readonly tokenizer: Tokenizer | null;
  readonly missing: string | null;
}

async function subjectModel(subject: PlanSubject): Promise<SubjectModel> {
  const checkpoint = originOf(subject);
  if (checkpoint !== undefined) {
    const { config: model, tokenizer, missing } = await modelAtHand(checkpoint);
    return { model, tokenizer, missing };
  }
  if (subject.kind !== "sft" || subject.config.model === undefined || subject.task.vocabulary === undefined) {
    throw new AepoError("config", "the task lists no vocabulary to make a policy for", {
      fix: "give the recipe `from`, a checkpoint that knows the task's words",
    });
  }
  const tokenizer = wordTokenizer(subject.task.vocabulary);
  return { model: { ...subject.config.model, vocab_size: tokenizer.vocabularySize }, tokenizer, missing: null };
}

function originOf({ kind, config }: PlanSubject): string | undefined {
  return kind === "train" ? config.policy.checkpoint : config.from;
}

async function runProbe(
  policy: Omit<PolicyOptions, "checkpoint">,
  model: ModelConfig,
  { recompute }: MemoryChoice,
  { rows, lengths }: Work,
  { probeSeconds, clock, signal, onNotice }: PlanOptions,
): Promise<Probe | null> {
  if (probeSeconds === null) return null;
  onNotice(`measuring speeds, for at most about ${probeSeconds} s …`);
  const sequenceTokens = Math.min(lengths.typical.path, model.max_position_embeddings);
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

function describe(model: ModelConfig, subject: PlanSubject): string {
  const name = originOf(subject) ?? "a policy made from scratch";
  const { model_type, num_hidden_layers: layers, hidden_size: width, vocab_size: vocabulary } = model;
  return `${name}: ${model_type}, ${layers} layers, width ${width}, vocabulary ${vocabulary.toLocaleString("en")}`;
}
