/** What a policy on a server is opened with, and what it is beyond the contract. */
import type { ModelConfig } from "../../policy/config.ts";
import type { OptimizerStep, Policy } from "../../policy/policy.ts";
import type { Programs } from "../../policy/programs.ts";
import type { TokenBytes } from "../../policy/stop-texts.ts";
import type { ModelLimits } from "../../protocol/limits.ts";
import type { TinkerClient } from "../client/tinker-client.ts";

/** How a server makes one number of the losses of many tokens: their plain sum, or the mean over sequences of means over tokens. */
export type Reduction = "sum" | "mean";

export interface RemotePolicyOptions {
  /** The caller's: it outlives the policy. */
  readonly client: TinkerClient;
  /** As the server calls it. */
  readonly baseModel: string;
  /** Of the LoRA adapter that is trained. */
  readonly rank: number;
  /** What the adapter starts from. */
  readonly seed: number;
  readonly limits: ModelLimits;
  /** Evaluates losses here, one coefficient a token: a small runtime of its own is enough. */
  readonly programs: Programs;
  /** The bytes each token stands for; without them requests have no stop texts. */
  readonly tokenBytes?: TokenBytes;
  /** Default `auto`: found out on a throw-away model. */
  readonly reduction?: Reduction | "auto";
  /** AEPO-H4. `auto` (default): top-K where the server offers it, else surprisal. */
  readonly entropy?: "auto" | "topK" | "surprisal";
  /** As the client was opened: whether samplers stay as they are while their model learns (default: no). */
  readonly samplersApart?: boolean;
  /** `next` of a sampler gives what has finished instead of waiting for all that is open (default: no, AEPO-R10). */
  readonly overlap?: boolean;
  /** As the client was opened: sample requests on the server at once. Growth keeps that many busy (default: its own number of paths). */
  readonly concurrentSamples?: number;
  /** Datums are sent in multiples of this, filled up with ones that teach nothing: some servers compile for every count (default 1). */
  readonly microBatch?: number;
  /** Ask for a power of two of new tokens and cut here: some servers compile for every number (default), or for just what is wanted. */
  readonly maxTokens?: "powersOfTwo" | "exact";
  /** What steps will be made with: settings that the server ignores are found out at once (default: not looked at). */
  readonly optimizer?: OptimizerStep;
  /** The base model as it is here: checkpoints then hold the adapter as files, too, for who works without the server. */
  readonly local?: LocalBase;
  /** Of everything the policy does. */
  readonly signal?: AbortSignal;
  /** Told of what a reader may want to know but need not act on. */
  readonly onNotice?: (message: string) => void;
}

export interface LocalBase {
  /** As in a recipe's `policy.checkpoint`. */
  readonly checkpoint: string;
  readonly config: ModelConfig;
  /** Of its numbers (`base-model.ts`): what adapters are checked against. */
  readonly fingerprint: string;
}

export interface RemotePolicy extends Policy {
  readonly reduction: Reduction;
  /** The model on the server as it is now: another one after `load`. */
  readonly modelId: string;
}
