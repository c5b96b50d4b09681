/** What a gradient is compared on: every loss of the list of algorithms, on paths near the policy that sampled them and far from it. */
import { algorithmSchema, makeAlgorithm, methodSchema } from "../../../src/algorithm/list.ts";
import type { Algorithm } from "../../../src/algorithm/algorithm.ts";
import { sketchTask } from "../../../src/algorithm/testing/sketch-task.ts";
import type { Loss } from "../../../src/policy/loss.ts";
import type { FrozenPolicy, LossPath, LossTree } from "../../../src/policy/policy.ts";
import { randomStream } from "../../../src/std/random.ts";

export interface ExactCase {
  /** The methods that have this loss, and how far from the policy: "grpo, rloo: near". */
  readonly name: string;
  readonly loss: Loss;
  readonly reduction: Algorithm["reduction"];
  /** Standard deviation of log δ: at 3 nearly every ratio is beyond every clip. */
  readonly spread: number;
}

const NEAR = 0.3;
const EXTREME = 3;

/** What a method has no default for. */
const NEEDED: Partial<Record<string, object>> = { "random-branching": { branch: { rate: 0.5 } } };

/** One a loss and reduction: methods that share both are one case. */
export function exactCases(): ExactCase[] {
  const task = { ...sketchTask, stateKey: "there is one" };
  const names = methodSchema.options.map((option) => option.shape.name.value);
  const options = [...names.map((name) => ({ name, ...NEEDED[name] })), { name: "grpo" as const, klWeight: 0.1 }];
  const algorithms = options.map((one) => {
    const algorithm = makeAlgorithm(algorithmSchema.parse(one), task);
    return { label: "klWeight" in one ? `${one.name} with KL` : one.name, algorithm };
  });
  const groups = new Map<string, typeof algorithms>();
  for (const one of algorithms) {
    const { loss, reduction } = one.algorithm;
    const key = JSON.stringify([loss.key, reduction([1, 2, 5])]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const algorithm = group[0]?.algorithm;
    if (algorithm === undefined) return [];
    const labels = group.map(({ label }) => label).join(", ");
    // A value loss cannot be sent: what a value head is trained on stays here, the rest is compared.
    const { key, build } = algorithm.loss;
    const { reduction } = algorithm;
    return [NEAR, EXTREME].map((spread) => ({
      name: `${labels}: ${spread === NEAR ? "near" : "extreme clip"}`,
      loss: { key, build },
      reduction,
      spread,
    }));
  });
}

/** Two trees of forked paths of different lengths, their old log-probabilities around those of `policy`. */
export async function caseTrees(
  policy: Pick<FrozenPolicy, "score" | "info">,
  { reduction, spread }: ExactCase,
  seed: number,
): Promise<LossTree[]> {
  const draws = randomStream(seed, "exactness");
  const { vocabularySize } = policy.info;
  // Index of the parent of each token, and the leaves of the paths with the first token that is trained.
  const shapes = [
    {
      parents: [-1, 0, 1, 2, 3, 4, 5, 3, 7, 8, 9, 10],
      paths: [
        [6, 3],
        [11, 7],
      ],
    },
    { parents: [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8], paths: [[9, 2]] },
  ] as const;
  const lengths = shapes.flatMap(({ parents, paths }) =>
    paths.map(([leaf, first]) => lineage(parents, leaf).filter((token) => token >= first).length),
  );
  const weights = reduction(lengths);
  const trees: LossTree[] = [];
  for (const { parents, paths } of shapes) {
    const ids = Int32Array.from(parents, () => draws.integer(vocabularySize));
    const made: LossPath[] = [];
    for (const [leaf, first] of paths) {
      const line = lineage(parents, leaf);
      const [score] = await policy.score([{ ids: line.map((token) => ids[token] ?? 0), temperature: 1 }]);
      const trained = line.filter((token) => token >= first);
      const logprobs = trained.map((token) => score?.logprobs[line.indexOf(token) - 1] ?? Number.NaN);
      const weight = weights[trees.flatMap((tree) => tree.paths).length + made.length] ?? 0;
      made.push({
        leaf,
        tokens: Int32Array.from(trained),
        oldLogprobs: Float32Array.from(logprobs, (x) => x + spread * draws.normal()),
        advantages: Float32Array.from(logprobs, () => draws.normal()),
        referenceLogprobs: Float32Array.from(logprobs, (x) => x + 0.5 * draws.normal()),
        weights: new Float32Array(trained.length).fill(weight),
      });
    }
    trees.push({ ids, parents: Int32Array.from(parents), paths: made });
  }
  return trees;
}

/** From the root to the token. */
function lineage(parents: readonly number[], leaf: number): number[] {
  const line: number[] = [];
  for (let token = leaf; token >= 0; token = parents[token] ?? -1) line.unshift(token);
  return line;
}
