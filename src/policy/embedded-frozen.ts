/**
 * What the embedded engine samples and scores with some weights: a policy as it is now, a snapshot of one, a base model. Each
 * sampler and each scoring holds the weights it started with.
 */
import type { Runtime } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import type { ModelConfig } from "./config.ts";
import type { DecodePools } from "./decode-pools.ts";
import { EmbeddedDecoder } from "./embedded-decoder.ts";
import { type ForestRunner, scoreSequences, scoreTrees } from "./forest-runner.ts";
import { checkTrees } from "./learner.ts";
import { checkIds } from "./loss-tree.ts";
import { parameterCount } from "./parameters.ts";
import type { FrozenPolicy, LiveSampler, LossTree, PolicyInfo, Score, ScoreRequest, TokenLogprob } from "./policy.ts";
import type { RequestLimits } from "./sample-request.ts";
import { ContinuousSampler } from "./sampler.ts";
import type { TokenBytes } from "./stop-texts.ts";
import { topLogprobs } from "./top-logprobs.ts";
import type { WeightSet } from "./weights.ts";

/** Of the embedded engine: its samplers tell each tick, and trees are scored as they are trained. */
export interface EmbeddedFrozen extends FrozenPolicy {
  openSampler(): LiveSampler;
  /** Log-probabilities and entropies of the trained tokens of each path, trees and paths in order, at temperature 1. */
  scoreTrees(trees: readonly LossTree[]): Promise<readonly Score[]>;
  /** The `count` likeliest tokens at places 1 … n − 1 of a sequence, likeliest first, at temperature 1. */
  topLogprobs(ids: readonly number[], count: number): Promise<readonly (readonly TokenLogprob[])[]>;
}

/** What policies of one model have in common. */
export interface Shared {
  readonly runner: ForestRunner;
  readonly slots: number;
  readonly pools: DecodePools;
  readonly info: PolicyInfo;
  readonly tokenBytes?: TokenBytes;
}

export function requestLimits({ pools, info, tokenBytes }: Shared): RequestLimits {
  return {
    cacheTokens: pools.tokens,
    maxSequenceTokens: info.maxSequenceTokens,
    vocabularySize: info.vocabularySize,
    ...(tokenBytes === undefined ? {} : { tokenBytes }),
  };
}

export function frozen(shared: Shared, weights: () => WeightSet): Omit<EmbeddedFrozen, "dispose"> {
  const { runner, slots, pools, info } = shared;
  const holding = async <T>(work: (held: WeightSet) => Promise<T>): Promise<T> => {
    const held = weights().retain();
    try {
      return await work(held);
    } finally {
      held.release();
    }
  };
  return {
    info,
    openSampler(): LiveSampler {
      const decoder = new EmbeddedDecoder(runner, pools, weights().retain());
      return new ContinuousSampler(decoder, { slots, ...requestLimits(shared) });
    },
    async score(requests: readonly ScoreRequest[]): Promise<readonly Score[]> {
      for (const request of requests) checkScoreRequest(request, info);
      return holding(({ tensors }) => scoreSequences(runner, tensors, requests));
    },
    async scoreTrees(trees) {
      checkTrees(trees, runner.config);
      return holding(({ tensors }) => scoreTrees(runner, tensors, trees, []));
    },
    async topLogprobs(ids, count) {
      checkScoreRequest({ ids, temperature: 1 }, info);
      return holding(({ tensors }) => topLogprobs(runner, tensors, ids, count));
    },
  };
}

function checkScoreRequest({ ids, temperature }: ScoreRequest, info: PolicyInfo): void {
  checkIds(ids, info.vocabularySize, "score");
  if (!(temperature > 0))
    throw new AepoError("policy", `score: temperature ${temperature}`, {
      expected: "above 0",
    });
  if (ids.length === 0 || ids.length > info.maxSequenceTokens) {
    throw new AepoError("policy", `score: a sequence of ${ids.length} tokens`, {
      expected: `1 to ${info.maxSequenceTokens}`,
    });
  }
}

export function describe(config: ModelConfig, { device, threads }: Runtime): PolicyInfo {
  const millions = (parameterCount(config) / 1e6).toFixed(2);
  const size = `${config.num_hidden_layers} layers, width ${config.hidden_size}, ${millions}M parameters`;
  return {
    description: `embedded engine (${device}, ${threads} ${threads === 1 ? "thread" : "threads"}), ${config.model_type}: ${size}`,
    vocabularySize: config.vocab_size,
    maxSequenceTokens: config.max_position_embeddings,
    entropy: "full",
    logprobTemperature: "any",
    shaping: true,
    topLogprobs: config.vocab_size,
    countsReuse: true,
    keepsWeights: true,
  };
}
