/** What is open while a run works, of whichever engine. */
import type { OptimizerStep, Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { Workload } from "./memory-plan.ts";

export interface OpenPolicy {
  readonly policy: Policy;
  readonly tokenizer: Tokenizer;
  /** What was chosen where the settings leave it open: on another machine, too, a resumed run computes the same. */
  readonly chosen: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** What a policy is opened to be trained on; without it only for sampling and scoring. */
export interface Training extends Workload {
  /** Of new adapters. */
  readonly seed: number;
  /** Whether a value head is trained beside it (default: no). */
  readonly valueHead?: boolean;
  /** For a policy on a server. */
  readonly remote?: RemoteTraining;
}

export interface RemoteTraining {
  /** Where to note what is open on the server (`run/server-file.ts`). */
  readonly file: string;
  /** Whether a sampler gives what is finished while the rest is sampled. */
  readonly overlap: boolean;
  /** What steps are made with: settings that a server ignores are found out before the first. */
  readonly optimizer: OptimizerStep;
  readonly signal?: AbortSignal;
  readonly onNotice?: (text: string) => void;
}
