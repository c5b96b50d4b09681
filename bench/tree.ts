/**
 * What sharing prefixes saves (AEPO-L6), on the trees that AEPO grows with the bundled checkpoint: the share of tokens that
 * need not be computed again, and the share of time that is really saved against training the paths one by one.
 */
import { makeAlgorithm } from "../src/algorithm/list.ts";
import { unscored } from "../src/algorithm/needs.ts";
import { dealMinibatches } from "../src/algorithm/minibatch.ts";
import type { Loss } from "../src/policy/loss.ts";
import type { LossTree, Policy } from "../src/policy/policy.ts";
import type { Tokenizer } from "../src/policy/tokenizer.ts";
import { recipeSource } from "../src/cli/options.ts";
import { growTrees } from "../src/rollout/grow.ts";
import { systemClock } from "../src/std/clock.ts";
import { randomStream } from "../src/std/random.ts";
import { type Recipe, recipeSchema } from "../src/train/config.ts";
import { readConfig } from "../src/train/config-source.ts";
import { entropyDivisor } from "../src/train/entropy-scale.ts";
import { openPolicy } from "../src/train/open.ts";
import { makeTask } from "../src/train/tasks.ts";
import { note, rounded, row } from "./output.ts";
import { pathsApart } from "./paths-apart.ts";
import { type Timings, takeTurns, timed } from "./timing.ts";

export interface TreeOptions {
  readonly threads: number;
  readonly rounds: number;
  /** Instead of the recipe's. */
  readonly checkpoint?: string;
}

const RECIPE = "quickstart";

export async function benchTree({ threads, rounds, checkpoint }: TreeOptions): Promise<object> {
  const set = [`policy.threads=${threads}`, ...(checkpoint === undefined ? [] : [`policy.checkpoint=${checkpoint}`])];
  const recipe = readConfig(recipeSource(RECIPE, { set }), recipeSchema);
  const { policy, tokenizer, close } = await openPolicy(recipe.policy);
  try {
    const { trees, loss } = await rolloutTrees(recipe, policy, tokenizer);
    return await compareWithPaths(policy, { trees, loss, temperature: recipe.train.temperature, rounds });
  } finally {
    await close();
  }
}

/** The trees of one training step, whole: groups without spread dropped, credit given. */
async function rolloutTrees(
  { algorithm: options, train, task, seed }: Recipe,
  policy: Policy,
  tokenizer: Tokenizer,
): Promise<{ trees: LossTree[]; loss: Loss }> {
  const world = makeTask(task);
  const algorithm = makeAlgorithm(options, world);
  const sampler = policy.openSampler();
  const grown = await growTrees({
    task: world,
    tokenizer,
    sampler,
    questions: Array.from({ length: train.questionsPerStep }, (_, i) => world.question("train", i)),
    rules: algorithm.growth,
    seed,
    step: 0,
    temperature: train.temperature,
    entropyDivisor: entropyDivisor(algorithm.entropyScale, policy.info, null),
    overlap: false,
    toolTimeoutMs: train.toolTimeoutMs,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  await sampler.close();
  const credits = algorithm.credit(
    grown.filter((tree) => algorithm.keep(tree)),
    unscored,
  );
  const whole = { updates: 1, minibatch: "trees", reduction: algorithm.reduction } as const;
  const minibatches = dealMinibatches(whole, credits, randomStream(seed, "minibatch", 0));
  return { trees: minibatches.flatMap(({ trees }) => trees), loss: algorithm.loss };
}

export interface Work {
  readonly trees: readonly LossTree[];
  readonly loss: Loss;
  readonly temperature: number;
  readonly rounds: number;
}

/** Forward and backward of the trees and of their paths one by one, in turns. */
export async function compareWithPaths(policy: Policy, { trees, loss, temperature, rounds }: Work): Promise<object> {
  const apart = trees.flatMap(pathsApart);
  const [together, single] = [tokensOf(trees), tokensOf(apart)];
  const train = (name: string, forest: readonly LossTree[]) =>
    timed(name, () => policy.accumulate(forest, loss, temperature));
  const timings = await takeTurns([train("trees", trees), train("paths", apart)], rounds);
  const sharedShare = 1 - together / single;
  const timeSavedShare = 1 - timings.median("trees") / timings.median("paths");
  row("", "tokens", "ms median", "ms best");
  row(`${trees.length} trees`, together, ...milliseconds(timings, "trees"));
  row(`their ${apart.length} paths one by one`, single, ...milliseconds(timings, "paths"));
  note(`saved: ${rounded(sharedShare)} of the tokens, ${rounded(timeSavedShare)} of the time`);
  return { sharedShare: rounded(sharedShare), timeSavedShare: rounded(timeSavedShare) };
}

function tokensOf(trees: readonly LossTree[]): number {
  return trees.reduce((sum, { ids }) => sum + ids.length, 0);
}

function milliseconds(timings: Timings, name: string): number[] {
  return [rounded(timings.median(name) * 1000), rounded(timings.best(name) * 1000)];
}
