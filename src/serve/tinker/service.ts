/** All that a server of the protocol holds, and how a session ends. */
import type { SharedBase } from "../../policy/shared-base.ts";
import type { Clock } from "../../std/clock.ts";
import type { CheckpointStore } from "./checkpoints.ts";
import type { DownloadLinks } from "./download-links.ts";
import type { Futures } from "./futures.ts";
import type { SequenceNumbers } from "./idempotency.ts";
import type { Models } from "./models.ts";
import type { SampleBounds } from "./sample-plan.ts";
import type { SamplerPool } from "./sampler-pool.ts";
import type { SamplingSessions } from "./sampling-sessions.ts";
import type { Sessions } from "./sessions.ts";

export interface TinkerService {
  /** What clients call the base model. */
  readonly name: string;
  readonly base: SharedBase;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly models: Models;
  readonly checkpoints: CheckpointStore;
  readonly samplers: SamplingSessions;
  readonly pool: SamplerPool;
  readonly futures: Futures;
  readonly downloads: DownloadLinks;
  /** Of models that their clients number. */
  readonly creations: SequenceNumbers;
  readonly bounds: SampleBounds;
  /** Samples without a seed draw theirs from this. */
  readonly seed: number;
  /** How long a question for a result may wait. */
  readonly holdMs: number;
  readonly mostBodyBytes: number;
  /** Whether clients shall compress large bodies. */
  readonly compress: boolean;
  /** Fires when the server closes: what is drawn ends. */
  readonly closing: AbortSignal;
}

/** Frees the models and samplers of a session; its requests that have not begun fail with `reason`. */
export async function endSession(service: TinkerService, sessionId: string, reason: string): Promise<void> {
  const { sessions, models, samplers, pool } = service;
  sessions.end(sessionId);
  const owned = models.ofSession(sessionId);
  const gone = samplers.end(
    sessionId,
    owned.map(({ description }) => description.pathId),
  );
  for (const key of gone) pool.drop(key);
  await Promise.all(owned.map((model) => models.unload(model, reason)));
}
