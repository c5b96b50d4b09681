/** A policy on a server as it was: sampler weights that stay, or the base model, which an untrained adapter leaves as it is. */
import { checkIds } from "../../policy/loss-tree.ts";
import type { FrozenPolicy, PolicyInfo, ScoreRequest } from "../../policy/policy.ts";
import { AepoError } from "../../std/errors.ts";
import type { RemoteSampler } from "../client/tinker-client.ts";
import { PhaseSampler, type PhaseOptions } from "./sampling/phase-sampler.ts";
import { promptScores } from "./sampling/prompt-scores.ts";

export interface SnapshotOptions {
  readonly phase: PhaseOptions;
  readonly signal?: AbortSignal;
}

export function remoteSnapshot(sampler: RemoteSampler, { phase, signal }: SnapshotOptions): FrozenPolicy {
  return {
    info: phase.info,
    openSampler: () => new PhaseSampler(Promise.resolve(sampler), phase),
    async score(requests) {
      for (const request of requests) checkScoreRequest(request, phase.info);
      return promptScores(
        sampler,
        requests.map(({ ids }) => ids),
        signal,
      );
    },
    dispose: async () => {},
  };
}

export function checkScoreRequest({ ids, temperature }: ScoreRequest, info: PolicyInfo): void {
  checkIds(ids, info.vocabularySize, "score");
  if (temperature !== 1) {
    throw new AepoError("policy", `score: temperature ${temperature}`, { expected: "1: servers report no other" });
  }
  if (ids.length === 0 || ids.length > info.maxSequenceTokens) {
    throw new AepoError("policy", `score: a sequence of ${ids.length} tokens`, {
      expected: `1 to ${info.maxSequenceTokens}`,
    });
  }
}
