import fc from "fast-check";
import { expect, it } from "vitest";
import { entropyAware, groupAdvantages, groupCredit, hasSpread, moments } from "./advantage.ts";
import { sharedMean } from "./shared-mean.ts";
import { buildTree } from "./testing/tree-builder.ts";

const rewards = fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 2, maxLength: 16 });

it("AEPO-L1: (r − mean)/(std + 1e-6) with n − 1", () => {
  // mean 0.5, deviations ±0.5, variance 4 · 0.25 / 3.
  const std = Math.sqrt(1 / 3);
  expect(groupAdvantages([1, 0, 1, 0])).toEqual([1, -1, 1, -1].map((sign) => (sign * 0.5) / (std + 1e-6)));
  expect(groupAdvantages([1, -1])).toEqual([1, -1].map((sign) => sign / (Math.SQRT2 + 1e-6)));
});

it("AEPO-L1: equal rewards give 0, whatever rounding does, and the group is dropped", () => {
  expect(groupAdvantages([0.1, 0.1, 0.1])).toEqual([0, 0, 0]);
  const flat = { turns: [[1]], reward: 0.1 };
  expect(hasSpread(buildTree({ paths: [flat, flat, flat] }))).toBe(false);
  expect(hasSpread(buildTree({ paths: [flat, flat, { ...flat, reward: 0 }] }))).toBe(true);
});

it("AEPO-L1: advantages sum to 0 and move with their paths", () => {
  fc.assert(
    fc.property(rewards, (values) => {
      const advantages = groupAdvantages(values);
      expect(advantages.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 9);
      const backwards = groupAdvantages([...values].reverse()).reverse();
      for (const [i, advantage] of advantages.entries()) expect(backwards[i]).toBeCloseTo(advantage, 12);
    }),
  );
});

it("AEPO-L5: credit has one entry a policy token, none for prompt and results", () => {
  const tree = buildTree({
    paths: [
      { turns: [[1, 2], [3]], reward: 1 },
      { turns: [[4]], reward: 0, fork: { of: 0, after: 0 } },
    ],
  });
  const { paths } = groupCredit(tree, "train");
  expect(paths.map(({ advantages }) => advantages.length)).toEqual([3, 3]);
});

it("AEPO-R6, L1: a masked path counts in the group's mean and is not trained", () => {
  const tree = buildTree({
    paths: [
      { turns: [[1]], reward: 1 },
      { turns: [[1]], reward: 0, end: "token-limit" },
    ],
  });
  const { paths } = groupCredit(tree, "mask");
  expect(paths.map(({ path }) => path)).toEqual([0]);
  expect(paths[0]?.advantages[0]).toBeCloseTo(Math.SQRT1_2, 5);
});

it("AEPO-L2: the advantage times max(0, 1 + a·z), z over the path-tokens of the group", () => {
  // Path-tokens: the shared [0] twice, then [2] and [4]: mean 1.5, n − 1 variance (2 · 2.25 + 0.25 + 6.25)/3.
  const tree = buildTree({
    paths: [
      { turns: [[0], [2]], reward: 1 },
      { turns: [[4]], reward: 0, fork: { of: 0, after: 0 } },
    ],
  });
  const std = Math.sqrt(11 / 3);
  const plain = groupCredit(tree, "train");
  const [first, second] = entropyAware(plain, 0.2).paths;
  const factor = (entropy: number): number => 1 + (0.2 * (entropy - 1.5)) / std;
  expect([...(first?.factors ?? [])]).toEqual([factor(0), factor(2)].map(Math.fround));
  expect([...(second?.factors ?? [])]).toEqual([factor(0), factor(4)].map(Math.fround));
  expect(second?.advantages[1]).toBeCloseTo((plain.paths[1]?.advantages[1] ?? 0) * factor(4), 6);
});

it("AEPO-L2: equal entropies give factor 1; far below the mean it is bounded at 0", () => {
  const turns = [[2, 2]];
  const equal = buildTree({ paths: [1, 0].map((reward) => ({ turns, reward })) });
  expect([...(entropyAware(groupCredit(equal, "train"), 0.2).paths[0]?.factors ?? [])]).toEqual([1, 1]);
  const spread = buildTree({ paths: [1, 0].map((reward) => ({ turns: [[0, 5, 5, 5]], reward })) });
  expect(entropyAware(groupCredit(spread, "train"), 3).paths[0]?.factors[0]).toBe(0);
});

it("B-ARPO: hard credit is the mean over the paths of a shared token, soft the path's own", () => {
  const tree = buildTree({
    paths: [
      { turns: [[1], [1]], reward: 1 },
      { turns: [[1]], reward: 0, fork: { of: 0, after: 0 } },
    ],
  });
  const soft = groupCredit(tree, "train");
  const hard = sharedMean(soft);
  const [up, down] = [soft.paths[0]?.advantages[0] ?? 0, soft.paths[1]?.advantages[0] ?? 0];
  expect(hard.paths.map(({ advantages }) => [...advantages])).toEqual([
    [(up + down) / 2, up],
    [(up + down) / 2, down],
  ]);
});

it("moments are unbiased and exact for equal values", () => {
  expect(moments([0.1, 0.1, 0.1]).std).toBe(0);
  expect(moments([1, 3])).toEqual({ mean: 2, std: Math.SQRT2 });
  expect(moments([])).toEqual({ mean: 0, std: 0 });
});
