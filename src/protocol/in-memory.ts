/**
 * What the Tinker protocol speaks of, as values of this program: the client and the server hold these, whatever the form on the
 * wire (`messages/` for JSON, `protobuf/`). Arrays of a datum are aligned with its targets: entry i scores target i.
 */
import type { LossConfigKey, LossName } from "./losses.ts";

export type { LossConfigKey, LossName };

export type Ids = readonly number[] | Int32Array;
export type Floats = readonly number[] | Float32Array;

/** One sequence to learn from. `targetTokens[i]` is what follows `tokens[0 … i]`; usually `tokens` shifted by one. */
export interface Datum {
  /** The model's input. */
  readonly tokens: Ids;
  readonly targetTokens: Ids;
  /** Absent: 1 everywhere. */
  readonly weights?: Floats;
  /** Of the policy that sampled the targets. */
  readonly logprobs?: Floats;
  readonly advantages?: Floats;
}

export type LossConfig = Readonly<Partial<Record<LossConfigKey, number>>>;

/** One entry a target token in both arrays. NaN where a server had no number (a token id it does not know). */
export interface ForwardOutput {
  readonly logprobs: Float32Array;
  readonly elementwiseLoss?: Float32Array;
}

/** Of forward and of forward_backward: one output a datum, in the order sent. */
export interface ForwardResult {
  readonly outputs: readonly ForwardOutput[];
  /** Named `<name>:<reduction>`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Sequence i of a request is drawn with `seed + i`. */
export interface SampleParams {
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Absent: the server picks one. */
  readonly seed?: number;
  /** All token ids or all texts; none at all: only `maxTokens` ends a sequence. */
  readonly stop: readonly number[] | readonly string[];
  /** −1 (default): from all. */
  readonly topK?: number;
  /** 1 (default): from all. */
  readonly topP?: number;
}

export type StopReason = "stop" | "length";

/** The stop is part of `tokens`; log-probabilities are of the model itself, at temperature 1, whatever was drawn from. */
export interface SampledSequence {
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[];
  readonly stopReason: StopReason;
}

export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
}

export interface SampleResult {
  readonly sequences: readonly SampledSequence[];
  /** As the server counts them: some begin with a null for the first token, some leave it out. */
  readonly promptLogprobs: readonly (number | null)[] | null;
  /** Likeliest first. */
  readonly topPromptLogprobs: readonly (readonly TokenLogprob[] | null)[] | null;
  /** Null where the server does not tell. */
  readonly cachedPromptTokens: number | null;
}

/** As `OptimizerStep` of the policy contract. Decoupled weight decay; a `maxGradientNorm` of Infinity never clips. */
export interface AdamParams {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxGradientNorm: number;
}
