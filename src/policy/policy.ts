/**
 * The policy contract: what the trainer needs of any engine. The embedded engine (`embedded.ts`), the scripted fake
 * (`scripted.ts`) and a remote engine implement it; `conformance.ts` is the suite that every one of them passes.
 *
 * Tokens in, tokens out: nothing here knows text. All calls are asynchronous and batched, so that a network can stand
 * between. Nothing here says how weights are stored: `save` and `load` write and read named blobs.
 */
import type { BlobStore } from "./blob-store.ts";
import type { ValueLoss } from "./critic/value-loss.ts";
import type { Loss } from "./loss.ts";
import type { Shaping } from "./shaping.ts";

export type { BlobStore };

/**
 * What an engine can report about entropy (AEPO-H1, AEPO-H4). `topK`: of the K likeliest tokens and one bucket for the rest.
 * `surprisal`: −log p of the token that was drawn. Without the full distribution, `Score` and `LossReport` hold the surprisal.
 */
export type EntropyKind = "full" | "topK" | "surprisal";

export interface PolicyInfo {
  /** Human-readable: engine, architecture, parameter count. */
  readonly description: string;
  readonly vocabularySize: number;
  /** Longest sequence, prompt included, the engine accepts. */
  readonly maxSequenceTokens: number;
  readonly entropy: EntropyKind;
  /**
   * Temperatures at which log-probabilities are reported. `any`: that of the request. 1: always those of the model itself,
   * whatever temperature a draw has; `score` and `accumulate` refuse another one.
   */
  readonly logprobTemperature: "any" | 1;
  /** Whether requests may have `shaping`. */
  readonly shaping: boolean;
  /** Largest `topLogprobs` of a request. */
  readonly topLogprobs: number;
  /** Whether a sampler's ledger knows which prefix tokens it did not have to compute; else all count as computed. */
  readonly countsReuse: boolean;
  /** Whether samplers and snapshots keep their weights while the policy learns; else a step ends them, and they say so. */
  readonly keepsWeights: boolean;
  /** Requests that the engine samples at once, where that is set from here: growth keeps more paths than these in the air. */
  readonly requestsAtOnce?: number;
}

/** One continuation to sample. */
export interface SampleRequest {
  /** Chosen by the caller, unique among the open requests of a sampler. */
  readonly id: string;
  /** The whole prefix, prompt first. An engine finds what it has cached by these ids. At least one token. */
  readonly ids: readonly number[];
  /** Token sequences that end the continuation; the matching tokens are part of it. */
  readonly stop: readonly (readonly number[])[];
  /**
   * Texts that end the continuation, found in the bytes of the NEW tokens (UTF-8), across tokens and within one. The token in
   * which one ends is the last and stays as it was sampled. Needs a policy that was opened with the bytes of its tokens.
   */
  readonly stopTexts?: readonly string[];
  /** At most this many new tokens (≥ 1). */
  readonly maxTokens: number;
  /** Softmax temperature (> 0); the reported log-probabilities and entropies are of this same distribution. 0 is greedy (reported at 1). */
  readonly temperature: number;
  /** Cuts what is drawn from, not what is reported. Never in training (AEPO-H1). */
  readonly shaping?: Shaping;
  /** Report this many most likely tokens at each position (default 0). */
  readonly topLogprobs?: number;
  /** Seed of this request's own random stream: the draws depend on nothing else. */
  readonly seed: number;
  /** Requests that share prefixes, by a name: an engine of several machines sends them to the same one. */
  readonly tree?: string;
}

/** A sampled continuation, one entry a token in every array. */
export interface Sample {
  readonly id: string;
  readonly ids: readonly number[];
  /** Natural log-probability of each token. */
  readonly logprobs: readonly number[];
  /** Entropy in nats of the distribution each token was drawn from (AEPO-H1). */
  readonly entropies: readonly number[];
  /** `failed`: the engine could not sample it, `failure` says why, and there are no tokens. It costs its path alone. */
  readonly finish: "stop" | "length" | "failed";
  readonly failure?: string;
  /** The stop that ended it, where the engine says: of several in one token the text that ends first, then the first sequence. */
  readonly stopped?: StoppedBy;
  /** For a request with `topLogprobs`: at each token the most likely ones, most likely first, lower ids first among equals. */
  readonly top?: readonly (readonly TokenLogprob[])[];
}

export type StoppedBy = { readonly text: string } | { readonly ids: readonly number[] };

export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
}

/**
 * A session of sampling with fixed weights. `next` is logical time (AEPO-R10): it advances decoding until at least one
 * request is finished and returns all that finished in that tick, in order of submission. A request submitted between
 * two calls, or while one is waited for, joins the batch at once. Rows decoded together depend only on the sequence of calls.
 */
export interface Sampler {
  submit(request: SampleRequest): void;
  /** Resolves to at least one sample, or to none if nothing is open. */
  next(): Promise<readonly Sample[]>;
  /** Counters since the session was opened. */
  readonly ledger: SamplerLedger;
  /** Frees what the session holds (caches). Open requests are dropped. */
  close(): Promise<void>;
}

/** A sampler in this process, for who shows tokens as they are drawn: chat and serving. */
export interface LiveSampler extends Sampler {
  /** One tick: what each open request drew in it, and the requests that ended with it. Resolves to nothing if none is open. */
  tick(): Promise<Tick>;
  /** Drops an open request; what it held is free at once. Between ticks only. False if no such request is open. */
  cancel(id: string): boolean;
}

export interface Tick {
  readonly drawn: readonly Drawn[];
  /** In order of submission. */
  readonly finished: readonly Sample[];
}

/** New tokens of one request, the last ones of a finished request included; fields as in `Sample`. */
export type Drawn = Pick<Sample, "id" | "ids" | "logprobs" | "entropies" | "top">;

export interface SamplerLedger {
  /** Tokens drawn. */
  readonly sampled: number;
  /** Prefix tokens whose state had to be computed. */
  readonly prefilled: number;
  /** Prefix tokens taken from the shared cache instead. */
  readonly reused: number;
  /** Of an engine of kind `topK`: mean probability that its estimates put in one bucket (AEPO-H4); null before a token is drawn. */
  readonly lumped?: number | null;
}

/** A sequence whose tokens are to be scored; position 0 has no prediction. */
export interface ScoreRequest {
  readonly ids: readonly number[];
  readonly temperature: number;
}

/** Log-probability and entropy of tokens 1 … n − 1 given those before (arrays of length n − 1). */
export interface Score {
  readonly logprobs: Float32Array;
  readonly entropies: Float32Array;
}

/**
 * Tokens of one question's tree, each once, with the paths to train on it (AEPO-L6). `parents[i]` is the index of the
 * token before token i (< i), or −1 at the start of a path; a token may be the parent of several.
 */
export interface LossTree {
  readonly ids: Int32Array;
  readonly parents: Int32Array;
  readonly paths: readonly LossPath[];
}

/** The path-tokens of one path. All arrays have one entry a trained token, in order. */
export interface LossPath {
  /** Index in the tree of the last token of the path, trained or not. */
  readonly leaf: number;
  /** Indices in the tree of the trained tokens (each has a parent). */
  readonly tokens: Int32Array;
  /** Log-probabilities under the policy that sampled them. */
  readonly oldLogprobs: Float32Array;
  readonly advantages: Float32Array;
  /** Log-probabilities under a reference policy, for losses that read them. */
  readonly referenceLogprobs?: Float32Array;
  /** Weight of each path-token in the loss: the reduction (AEPO-L4), whatever the micro-batches. */
  readonly weights: Float32Array;
  /** For losses of a value head. */
  readonly targets?: ValueTargets;
}

/** What a value head is trained on, one entry a trained token of the path. */
export interface ValueTargets {
  /** Before the first update of the rollout batch. */
  readonly oldValues: Float32Array;
  readonly returns: Float32Array;
}

/** What one forward and backward found; one Float32Array a path, trees and paths in the order given. */
export interface LossReport {
  readonly loss: number;
  readonly logprobs: readonly Float32Array[];
  readonly entropies: readonly Float32Array[];
  /** Unique tokens that went through forward and backward. */
  readonly tokens: number;
  /** Of a loss with a value loss. */
  readonly critic?: CriticReport;
}

/** What a pass through the value head found. */
export interface CriticReport {
  /** The value loss, its coefficient left out. */
  readonly loss: number;
  /** One Float32Array a path, trees and paths in the order given. */
  readonly values: readonly Float32Array[];
}

/** One AdamW update from the accumulated gradient, which it clears. */
export interface OptimizerStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Largest global gradient norm; larger gradients are scaled down to it. Infinity: never. */
  readonly maxGradientNorm: number;
}

export interface OptimizerReport {
  /** Global norm before clipping; null where the engine does not say. */
  readonly gradientNorm: number | null;
  /** Weights and state are as they were: the gradient was not finite, or (in an engine that says so) there was none at all. */
  readonly skipped: boolean;
}

/** What can be sampled and scored: a policy, or a snapshot of one. */
export interface FrozenPolicy {
  readonly info: PolicyInfo;
  openSampler(): Sampler;
  score(requests: readonly ScoreRequest[]): Promise<readonly Score[]>;
  dispose(): Promise<void>;
}

/** A value head beside a policy (B-PPO): one number a state, learnt from returns. */
export interface Critic {
  /** The value of the state before each trained token. One array a path, trees and paths in the order given. */
  values(trees: readonly LossTree[]): Promise<readonly Float32Array[]>;
  /** Adds the gradient of the value loss by the head alone: the policy learns nothing. */
  accumulate(trees: readonly LossTree[], loss: ValueLoss): Promise<CriticReport>;
  /** One AdamW update of the head, which has a gradient norm and moments of its own. */
  step(step: OptimizerStep): Promise<OptimizerReport>;
}

/** A policy that learns. */
export interface Policy extends FrozenPolicy {
  /** If the engine has one and was opened with it. `accumulate` adds to its gradient where a loss has a value loss. */
  readonly critic?: Critic;
  /** Adds the gradient of the summed loss over `trees` to the accumulated gradient. Cuts micro-batches itself. `temperature` as in sampling. */
  accumulate(trees: readonly LossTree[], loss: Loss, temperature: number): Promise<LossReport>;
  step(step: OptimizerStep): Promise<OptimizerReport>;
  /** Writes weights and optimiser state; a fresh policy that loads them goes on bit for bit. */
  save(store: BlobStore): Promise<void>;
  load(store: BlobStore): Promise<void>;
  /** The weights as they are now, unaffected by later steps. */
  snapshot(): Promise<FrozenPolicy>;
}
