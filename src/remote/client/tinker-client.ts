/**
 * A client of a server that speaks the Tinker protocol: what it promises, and nothing of how. One client is one session; models
 * and samplers belong to it. Every call either resolves to what the server computed or rejects with a `TinkerFailure`, which says
 * whether the request, the model or the whole session is lost; ordering, retries, re-polling and the form on the wire are the
 * client's own business.
 */
import type {
  AdamParams,
  Datum,
  ForwardResult,
  LossConfig,
  LossName,
  SampledSequence,
  SampleParams,
  TokenLogprob,
} from "../../protocol/in-memory.ts";
import type { ModelLimits } from "../../protocol/limits.ts";

export interface TinkerClient {
  readonly baseUrl: string;
  /** What to remember in a run folder, so that a later process can free what this one held (`unloadOrphans`). */
  readonly sessionId: string;
  /** Asked once, when the client was opened. */
  readonly server: ServerInfo;
  readonly ledger: ClientLedger;
  /** One round trip that computes nothing, in milliseconds. */
  ping(signal?: AbortSignal): Promise<number>;
  /** A fresh adapter. Rejects (`invalid`) if the server's real base model is not the one asked for, and frees the model again. */
  createModel(request: ModelRequest, signal?: AbortSignal): Promise<RemoteModel>;
  /** Samples the base model itself, or the sampler weights at a `tinker://` path. */
  createSampler(weights: SamplerWeights, signal?: AbortSignal): Promise<RemoteSampler>;
  trainingRuns(signal?: AbortSignal): Promise<readonly TrainingRun[]>;
  /** Checkpoints of a model, of an ended session too; none for a model nobody knows. */
  checkpoints(modelId: string, signal?: AbortSignal): Promise<readonly RemoteCheckpoint[]>;
  /** False if there was no such checkpoint. */
  deleteCheckpoint(path: string, signal?: AbortSignal): Promise<boolean>;
  /** A sampler checkpoint as the archive the server makes of it (JAX: a gzipped tar of a PEFT adapter). */
  downloadArchive(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Unloads models that an earlier client left behind. Models that are gone already are no error. */
  unloadOrphans(modelIds: readonly string[], signal?: AbortSignal): Promise<readonly OrphanOutcome[]>;
  /** Unloads all models, stops the heartbeat, closes the connections. Open calls reject with `closed`. Never rejects. */
  close(): Promise<void>;
}

export interface ServerInfo {
  /** As the server calls them; SkyRL gives the folder or name of its one model. */
  readonly models: readonly { readonly name: string; readonly maxContextLength: number | null }[];
  /** The title at the server's root, if it has one. */
  readonly title: string | null;
  /** One routing id for all requests of a tree reaches the same replica, and is never taken for a repeated request. */
  readonly routesTrees: boolean;
}

export interface ModelRequest {
  readonly baseModel: string;
  /** Of the LoRA adapter; 0 trains all weights, where a server can. */
  readonly rank: number;
  readonly seed: number;
  /** What requests are checked against before they are sent: servers take token ids that do not exist, and hang or answer NaN. */
  readonly limits: ModelLimits;
}

/**
 * One adapter that learns. Calls take effect in the order in which they are MADE: none needs to be awaited before the next, so
 * `forwardBackward` and `optimStep` can be in the air together. A call that is rejected has had no effect, unless its failure
 * says `effect: "unknown"`.
 */
export interface RemoteModel {
  readonly id: string;
  /** The server's own name of what is trained. */
  readonly baseModel: string;
  readonly rank: number;
  /** Datums of any number: chunks are cut and put together again. Outputs are in the order of `data`. No gradient. */
  forward(data: readonly Datum[], options?: ForwardOptions): Promise<ForwardResult>;
  /** Adds to the gradient, over all calls since the last `optimStep`. */
  forwardBackward(data: readonly Datum[], loss: RemoteLoss, options?: CallOptions): Promise<ForwardResult>;
  /**
   * One step, which clears the gradient. Waits until open samples of this model are done, unless samplers are kept apart: on
   * some servers sampling an older checkpoint overwrites the weights in training.
   */
  optimStep(adam: AdamParams, options?: CallOptions): Promise<OptimResult>;
  /** A checkpoint with the optimiser's state. The name: letters, digits, `-`, `_`. Resolves to its `tinker://` path. */
  saveWeights(name: string, options?: CallOptions): Promise<string>;
  /** A sampler of the weights as they are now, under a fresh name of its own, or under `name` as a checkpoint that stays. */
  saveForSampler(options?: SaveForSamplerOptions): Promise<RemoteSampler>;
  /** Only as the first call of a fresh model, of the same rank. */
  loadWeights(path: string, options: LoadOptions): Promise<void>;
  /** Frees its place on the server. Its later calls reject; a second `unload` does nothing. */
  unload(): Promise<void>;
}

/** `config` has exactly the keys that the loss knows (`protocol/`); absent: the server's defaults. */
export interface RemoteLoss {
  readonly name: LossName;
  readonly config?: LossConfig;
}

export interface CallOptions {
  /** Gives up waiting. A request that was submitted before still takes effect on the server. */
  readonly signal?: AbortSignal;
}

export interface ForwardOptions extends CallOptions {
  /** Default cross_entropy: the log-probabilities are the same for every loss. */
  readonly loss?: RemoteLoss;
}

export interface SaveForSamplerOptions extends CallOptions {
  readonly name?: string;
}

export interface LoadOptions extends CallOptions {
  /** Whether the optimiser's moments come along (older SkyRL: always). */
  readonly optimizer: boolean;
}

export interface OptimResult {
  readonly metrics: Readonly<Record<string, number>>;
  /** Global norm before clipping; null where the server does not tell. */
  readonly gradientNorm: number | null;
}

/** The base model, or sampler weights saved before (`tinker://model/sampler_weights/name`). */
export type SamplerWeights =
  | { readonly baseModel: string; readonly limits: ModelLimits }
  | { readonly path: string; readonly limits: ModelLimits };

/** Fixed weights to sample from. */
export interface RemoteSampler {
  /** Of the sampling session. */
  readonly id: string;
  /** `tinker://` path where the weights stay; null for weights that only this session can sample. */
  readonly path: string | null;
  /**
   * One prompt, `count` continuations. As many requests run at once as the client's options say, the others wait their turn. Its
   * failure is its own: other requests go on. Rejects (`stale`) if its model has been trained since and samplers are not kept apart.
   */
  sample(request: RemoteSampleRequest, options?: SampleOptions): Promise<RemoteSample>;
}

export interface RemoteSampleRequest {
  /** Token ids: a prefix that was sampled before is sent as it was sampled, never as text. */
  readonly prompt: readonly number[];
  readonly count: number;
  readonly params: SampleParams;
  /** Also the log-probability of each prompt token but the first. */
  readonly promptLogprobs?: boolean;
  /** The k likeliest tokens at each prompt position; implies `promptLogprobs`. Not on SkyRL with JAX. */
  readonly topPromptLogprobs?: number;
}

export interface SampleOptions extends CallOptions {
  /** A name of the tree this request belongs to: requests of one tree go to one replica, where the server knows how. */
  readonly tree?: string;
}

export interface RemoteSample {
  /** `count` of them. Sequence i was drawn with `seed + i`. */
  readonly sequences: readonly SampledSequence[];
  /** As long as the prompt; null at the first position. */
  readonly promptLogprobs: readonly (number | null)[] | null;
  /** As long as the prompt; likeliest first. */
  readonly topPromptLogprobs: readonly (readonly TokenLogprob[] | null)[] | null;
  /** Prompt tokens that the server had cached; null where it does not tell. */
  readonly cachedPromptTokens: number | null;
}

export interface TrainingRun {
  readonly id: string;
  readonly baseModel: string;
  readonly loraRank: number | null;
}

export interface RemoteCheckpoint {
  readonly name: string;
  readonly kind: "training" | "sampler";
  readonly path: string;
  readonly time: string | null;
}

export interface OrphanOutcome {
  readonly modelId: string;
  readonly outcome: "unloaded" | "gone" | "failed";
  /** Of a failed one. */
  readonly message: string | null;
}

/** Counters since the client was opened. */
export interface ClientLedger {
  /** HTTP requests sent, polls included. */
  readonly requests: number;
  readonly polls: number;
  /** Requests that were sent again: network errors, 408, 425, 429, 5xx. */
  readonly retries: number;
  /** Requests submitted again alone because another request of their batch had failed. */
  readonly resubmitted: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Sample requests that run, and those that wait their turn. */
  readonly samplesRunning: number;
  readonly samplesWaiting: number;
  /** The form that forward passes are sent in; null as long as none was. */
  readonly wire: "json" | "protobuf" | null;
}
