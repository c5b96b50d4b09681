/** The pieces of a training step, as `src/train/step.ts` puts them together, apart so that the simulation can let two steps overlap. */
import type { Algorithm } from "../../src/algorithm/algorithm.ts";
import { dealMinibatches } from "../../src/algorithm/minibatch.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { unscored } from "../../src/algorithm/needs.ts";
import { growTrees } from "../../src/rollout/grow.ts";
import { withoutLost } from "../../src/rollout/lost-paths.ts";
import { type RolloutTree, walk } from "../../src/rollout/tree.ts";
import { systemClock } from "../../src/std/clock.ts";
import { randomStream } from "../../src/std/random.ts";
import type { SimulatedTask } from "./task.ts";

export interface StepParts {
  readonly policy: Policy;
  readonly algorithm: Algorithm;
  readonly simulated: SimulatedTask;
  readonly questions: number;
  readonly inFlight: number;
  readonly overlap: boolean;
}

const SEED = 1;
const NEVER = new AbortController().signal;
const ADAMW = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradientNorm: 1 };

/** A sampler of the weights as they are now, and the trees that it grows. */
export async function grow(parts: StepParts, step: number): Promise<RolloutTree[]> {
  const { policy, algorithm, simulated, questions, inFlight, overlap } = parts;
  const { task, tokenizer } = simulated;
  const sampler = policy.openSampler();
  try {
    return await growTrees({
      task,
      tokenizer,
      sampler,
      questions: Array.from({ length: questions }, (_, i) => task.question("train", step * questions + i)),
      rules: algorithm.growth,
      seed: SEED,
      step,
      temperature: 1,
      entropyDivisor: 1,
      overlap,
      inFlight,
      toolTimeoutMs: 600_000,
      clock: systemClock,
      signal: NEVER,
    });
  } finally {
    await sampler.close();
  }
}

/** Tokens that go through the server: paths are sent whole. */
export async function update(
  { policy, algorithm }: StepParts,
  trees: readonly RolloutTree[],
  step: number,
): Promise<number> {
  const kept = trees.map(withoutLost).filter((tree) => algorithm.keep(tree));
  const credits = algorithm.credit(kept, unscored);
  let tokens = 0;
  for (const { trees: part } of dealMinibatches(algorithm, credits, randomStream(SEED, "minibatch", step))) {
    tokens += (await policy.accumulate(part, algorithm.loss, 1)).tokens;
    await policy.step(ADAMW);
  }
  return tokens;
}

export interface TreeFigures {
  readonly paths: number;
  readonly lostPaths: number;
  readonly turns: number;
  /** Tokens drawn, and those that forks took over. */
  readonly generated: number;
  readonly shared: number;
  readonly toolCallsSaved: number;
  /** Tokens of all paths, prompts and results included, and those of the trees, each once. */
  readonly pathTokens: number;
  readonly treeTokens: number;
}

export function treeFigures(trees: readonly RolloutTree[]): TreeFigures {
  const sum = (of: (tree: RolloutTree) => number): number => trees.reduce((all, tree) => all + of(tree), 0);
  const size = ({ turn, result }: RolloutTree["nodes"][number]): number =>
    (turn?.ids.length ?? 0) + (result?.ids.length ?? 0);
  const all = (nodes: readonly RolloutTree["nodes"][number][]): number =>
    nodes.reduce((total, node) => total + size(node), 0);
  return {
    paths: sum(({ paths }) => paths.length),
    lostPaths: sum(({ paths }) => paths.filter(({ end }) => end === "engine-failure").length),
    turns: sum(({ nodes }) => nodes.length - 1),
    generated: sum(({ ledger }) => ledger.generated),
    shared: sum(({ ledger }) => ledger.shared),
    toolCallsSaved: sum(({ ledger }) => ledger.toolCallsSaved),
    pathTokens: sum((tree) =>
      tree.paths.reduce((total, { leaf }) => total + tree.promptIds.length + all(walk(tree, leaf)), 0),
    ),
    treeTokens: sum(({ promptIds, nodes }) => promptIds.length + all(nodes)),
  };
}
