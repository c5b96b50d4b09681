/**
 * The fake policy: its next-token logits are whatever a function says of the prefix, plus a table of learnt offsets, one
 * row a prefix. It passes the same conformance suite as the embedded engine, sampling through the same scheduler; it learns
 * exactly what its table can hold, so trainers and rollouts can be tested with distributions known by construction.
 */
import type { Runtime } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import { lossCoefficients, type ScoredPath } from "./loss-coefficients.ts";
import { checkIds, checkLossTree } from "./loss-tree.ts";
import type { Loss } from "./loss.ts";
import type {
  BlobStore,
  FrozenPolicy,
  LossReport,
  LossTree,
  Policy,
  PolicyInfo,
  Score,
  ScoreRequest,
} from "./policy.ts";
import { Programs } from "./programs.ts";
import { ContinuousSampler } from "./sampler.ts";
import type { TokenBytes } from "./stop-texts.ts";
import { distributionOf, LogitTable, ScriptedDecoder, type ScriptedLogits } from "./scripted-table.ts";

export interface ScriptedOptions {
  readonly vocabularySize: number;
  /** Logits of the next token, one a token of the vocabulary; −Infinity for a token that never occurs. */
  readonly logits: ScriptedLogits;
  /** Evaluates losses; without one, `accumulate` is an error. */
  readonly runtime?: Runtime;
  /** Default 64. */
  readonly slots?: number;
  /** Default 4096. */
  readonly maxSequenceTokens?: number;
  /** Default 65,536. */
  readonly cacheTokens?: number;
  /** The bytes each token stands for; without them requests have no stop texts. */
  readonly tokenBytes?: TokenBytes;
}

const BLOB = "scripted.json";

export function scriptedPolicy(options: ScriptedOptions): Policy {
  const { vocabularySize } = options;
  const info = infoOf(options);
  const programs = options.runtime === undefined ? null : new Programs(options.runtime);
  const table = new LogitTable(options.logits, vocabularySize);
  return {
    ...frozen(options, info, () => table),
    async accumulate(trees, loss, temperature) {
      for (const tree of trees) checkLossTree(tree, vocabularySize);
      if (programs === null) {
        throw new AepoError("policy", "a scripted policy without a runtime cannot learn", { fix: "give it `runtime`" });
      }
      return accumulate(programs, table, { trees, loss, temperature });
    },
    step: async (step) => table.step(step),
    async save(store: BlobStore) {
      await store.write(BLOB, new TextEncoder().encode(table.toJson()));
    },
    async load(store: BlobStore) {
      table.fromJson(new TextDecoder().decode(await store.read(BLOB)));
    },
    async snapshot() {
      const copy = table.copy();
      return frozen(options, info, () => copy);
    },
  };
}

function infoOf({ vocabularySize, maxSequenceTokens = 4096 }: ScriptedOptions): PolicyInfo {
  return {
    description: "scripted policy",
    vocabularySize,
    maxSequenceTokens,
    entropy: "full",
    logprobTemperature: "any",
    shaping: true,
    topLogprobs: vocabularySize,
    countsReuse: true,
    keepsWeights: true,
  };
}

function frozen(options: ScriptedOptions, info: PolicyInfo, table: () => LogitTable): FrozenPolicy {
  const { vocabularySize, maxSequenceTokens } = info;
  return {
    info,
    openSampler() {
      const { slots = 64, cacheTokens = 65_536, tokenBytes } = options;
      // A sampler keeps the weights it was opened with.
      const decoder = new ScriptedDecoder(table().copy());
      return new ContinuousSampler(decoder, {
        slots,
        cacheTokens,
        maxSequenceTokens,
        vocabularySize,
        ...(tokenBytes === undefined ? {} : { tokenBytes }),
      });
    },
    score: async (requests) => requests.map((request) => scoreOne(table(), info, request)),
    dispose: async () => {},
  };
}

function scoreOne(table: LogitTable, info: PolicyInfo, { ids, temperature }: ScoreRequest): Score {
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
  const found = ids.slice(1).map((token, i) => {
    const { logprobs, entropy } = distributionOf(table.logits(ids.slice(0, i + 1)), temperature);
    return { logprob: logprobs[token] ?? Number.NEGATIVE_INFINITY, entropy };
  });
  return {
    logprobs: Float32Array.from(found, ({ logprob }) => logprob),
    entropies: Float32Array.from(found, ({ entropy }) => entropy),
  };
}

/** AEPO-L6 by hand: the coefficient of a shared token is the sum over its paths. */
async function accumulate(
  programs: Programs,
  table: LogitTable,
  { trees, loss, temperature }: { trees: readonly LossTree[]; loss: Loss; temperature: number },
): Promise<LossReport> {
  const tokens = trees.flatMap((tree) =>
    tree.paths.map((path) => ({
      tree,
      path,
      prefixes: prefixesOf(tree, path.tokens),
    })),
  );
  const paths = tokens.map(({ tree, path, prefixes }): ScoredPath => {
    const found = prefixes.map((prefix) => distributionOf(table.logits(prefix), temperature));
    return {
      oldLogprobs: path.oldLogprobs,
      advantages: path.advantages,
      ...(path.referenceLogprobs === undefined ? {} : { referenceLogprobs: path.referenceLogprobs }),
      weights: path.weights,
      logprobs: Float32Array.from(
        found,
        ({ logprobs }, i) => logprobs[tree.ids[path.tokens[i] ?? 0] ?? 0] ?? Number.NaN,
      ),
      entropies: Float32Array.from(found, ({ entropy }) => entropy),
    };
  });
  const coefficients = await lossCoefficients(programs, loss, paths);
  for (const [index, { tree, path, prefixes }] of tokens.entries()) {
    for (const [i, prefix] of prefixes.entries()) {
      table.addGradient(prefix, temperature, {
        token: tree.ids[path.tokens[i] ?? 0] ?? 0,
        byLogprob: coefficients.logprobs[index]?.[i] ?? 0,
        byEntropy: coefficients.entropies[index]?.[i] ?? 0,
      });
    }
  }
  return {
    loss: coefficients.loss,
    logprobs: paths.map(({ logprobs }) => logprobs),
    entropies: paths.map(({ entropies }) => entropies),
    tokens: trees.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}

/** The ids before each of the tokens. */
function prefixesOf({ ids, parents }: LossTree, tokens: Int32Array): number[][] {
  return Array.from(tokens, (token) => {
    const prefix: number[] = [];
    for (let i = parents[token] ?? -1; i >= 0; i = parents[i] ?? -1) prefix.push(ids[i] ?? 0);
    return prefix.reverse();
  });
}
