/** What is open while a run works, of whichever engine. */
import type { Policy } from "../policy/policy.ts";
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
}
