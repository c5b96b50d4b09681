import { describe, expect, it } from "vitest";
import type { Path, RolloutTree } from "../rollout/tree.ts";
import { moments } from "./advantage.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { explainedVariance, measureCritic } from "./measure-critic.ts";
import { type PathScores, unscored } from "./needs.ts";
import { sketchTask } from "./testing/sketch-task.ts";
import { buildTree } from "./testing/tree-builder.ts";

const ppo = (options: object = {}) => makeAlgorithm(algorithmSchema.parse({ name: "ppo", ...options }), sketchTask);

/** A path of two turns with a tool result between them (two tokens and one), and one of a single turn. */
const tree = buildTree({
  paths: [
    { reward: 1, turns: [[1, 1], [1]] },
    { reward: -1, turns: [[1]] },
  ],
});
const VALUES = [[0.5, 0.25, 0.75], [0.1]];
const scores: PathScores = {
  ...unscored,
  values: (_tree: RolloutTree, { id }: Path) => Float32Array.from(VALUES[id] ?? []),
};

describe("B-PPO: credit", () => {
  const credited = (options: object) => ppo(options).credit([tree], scores)[0]?.paths ?? [];

  it("is 0 before the last token, whose reward it is; a tool result is no step", () => {
    // γ 0.5, λ 0: each token's value is half the next token's, the one behind the result included.
    const deltas = [0.5 * 0.25 - 0.5, 0.5 * 0.75 - 0.25, 1 - 0.75, -1 - 0.1];
    const { mean, std } = moments(deltas);
    const found = credited({ gamma: 0.5, lambda: 0 }).flatMap(({ advantages }) => [...advantages]);
    for (const [t, delta] of deltas.entries()) expect(found[t]).toBeCloseTo((delta - mean) / (std + 1e-6), 6);
    const returns = credited({ gamma: 0.5, lambda: 0 }).flatMap(({ targets }) => [...(targets?.returns ?? [])]);
    for (const [t, x] of [0.125, 0.375, 1, -1].entries()) expect(returns[t]).toBeCloseTo(x, 6);
  });

  it("by default returns are the path's reward; advantages are whitened over all path-tokens of the batch", () => {
    const paths = credited({});
    expect(paths.map(({ targets }) => [...(targets?.returns ?? [])])).toEqual([[1, 1, 1], [-1]]);
    expect(paths.map(({ targets }) => [...(targets?.oldValues ?? [])])).toEqual(
      VALUES.map((path) => [...Float32Array.from(path)]),
    );
    const { mean, std } = moments(paths.flatMap(({ advantages }) => [...advantages]));
    expect(mean).toBeCloseTo(0, 6);
    expect(std).toBeCloseTo(1, 5);
  });

  it("keeps groups of equal rewards, and all of a batch that its values explain is 0", () => {
    const flat = buildTree({
      paths: [
        { reward: 1, turns: [[1]] },
        { reward: 1, turns: [[1]] },
      ],
    });
    expect(ppo().keep(flat)).toBe(true);
    const perfect = { ...unscored, values: () => Float32Array.of(1) };
    expect(
      ppo()
        .credit([flat], perfect)[0]
        ?.paths.map(({ advantages }) => [...advantages]),
    ).toEqual([[0], [0]]);
  });

  it("leaves out paths that a limit cut where they are masked", () => {
    const cut = buildTree({
      paths: [
        { reward: 1, turns: [[1]] },
        { reward: -1, turns: [[1]], end: "token-limit" },
      ],
    });
    const values = { ...unscored, values: () => Float32Array.of(0) };
    expect(
      ppo({ truncated: "mask" })
        .credit([cut], values)[0]
        ?.paths.map(({ path }) => path),
    ).toEqual([0]);
  });

  it("needs values, and says so where nobody made any", () => {
    expect(ppo().needs).toEqual(["critic"]);
    expect(() => ppo().credit([tree], unscored)).toThrow(/^path 0 was not valued by a critic/);
  });
});

describe("B-PPO: the record", () => {
  it("is k whole rollouts, PPO's clip over a token mean, and the value loss beside it", () => {
    const { growth, critic, loss, reduction, gradientFactor } = ppo({ groupSize: 8, shareTrunk: true, valueClip: 0.1 });
    expect([growth.groupSize, growth.budget(null), growth.probe]).toEqual([8, 8, "none"]);
    expect(reduction([3, 1])).toEqual([0.25, 0.25]);
    expect([gradientFactor(2, 1), gradientFactor(2, -1), gradientFactor(0.5, -1)]).toEqual(
      [0, 2, 0].map((f) => expect.closeTo(f, 9)),
    );
    expect(loss.value).toMatchObject({ coefficient: 0.5, shareTrunk: true });
    expect(loss.key).toContain(loss.value?.key);
    expect(loss.key).not.toBe(ppo({ groupSize: 8, shareTrunk: true }).loss.key);
    expect(critic?.warmup).toBe(5);
  });

  it("has no options of other methods", () => {
    expect(algorithmSchema.safeParse({ name: "ppo", branch: {} }).error?.issues[0]?.message).toBe(
      'Unrecognized key: "branch"',
    );
  });
});

describe("B-PPO: figures of the value head", () => {
  it("explained variance is 1 for a perfect critic, 0 for a constant, below for a worse one", () => {
    expect(explainedVariance([1, 2, 4], [1, 2, 4])).toBe(1);
    expect(explainedVariance([7, 7, 7], [1, 2, 4])).toBeCloseTo(0, 12);
    expect(explainedVariance([-1, -2, -4], [1, 2, 4])).toBeCloseTo(-3, 12);
    expect(explainedVariance([0, 1], [1, 1])).toBeNull();
  });

  it("are of the values before the updates, losses and norms the mean over them; null for a step without any", () => {
    const credits = ppo().credit([tree], scores);
    const update = (loss: number, gradientNorm: number) => ({
      report: { loss, values: [] },
      optimizer: { gradientNorm, skipped: false },
    });
    const figures = measureCritic(credits, [update(0.5, 1), update(0.25, 3)], true);
    expect(figures).toMatchObject({ warmup: true, valueLoss: 0.375, returnMean: 0.5, gradientNorm: 2 });
    expect(figures?.valueMean).toBeCloseTo(1.6 / 4, 6);
    expect(measureCritic(credits, [], false)).toBeNull();
  });
});
