/** What defines each method's credit and clip, for random inputs: every check throws where it does not hold. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { centred, groupAdvantages, moments } from "../../src/algorithm/advantage.ts";
import type { Algorithm } from "../../src/algorithm/algorithm.ts";
import { clampedRatio } from "../../src/algorithm/clip.ts";
import { overlongPunishment } from "../../src/algorithm/dapo.ts";
import { algorithmSchema, makeAlgorithm } from "../../src/algorithm/list.ts";
import { unscored } from "../../src/algorithm/needs.ts";
import { leaveOneOut } from "../../src/algorithm/rloo.ts";
import { buildTree } from "../../src/algorithm/testing/tree-builder.ts";
import { sketchTask } from "../../src/algorithm/testing/sketch-task.ts";
import type { RolloutTree } from "../../src/rollout/tree.ts";

export interface Property {
  /** Rule id and what holds. */
  readonly name: string;
  check(): void;
}

const rewards = fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 2, maxLength: 16 });
const near = (a: number, b: number, tolerance = 1e-5): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));

const task = { ...sketchTask, stateKey: "there is one" };
const method = (options: object): Algorithm => makeAlgorithm(algorithmSchema.parse(options), task);

/** Paths of one to four turns of one to three tokens, few states, so that steps meet. */
const trees: fc.Arbitrary<RolloutTree[]> = fc
  .array(
    fc.array(
      fc.record({
        reward: fc.integer({ min: -2, max: 2 }),
        turns: fc.array(fc.array(fc.constant(0), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        stateKeys: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 4, maxLength: 4 }),
      }),
      { minLength: 2, maxLength: 5 },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((groups) => groups.map((paths) => buildTree({ paths })));

function creditOf(options: object, grown: readonly RolloutTree[]): number[][] {
  return method(options)
    .credit(grown, unscored)
    .flatMap(({ paths }) => paths.map(({ advantages }) => [...advantages]));
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
const holds = (...properties: fc.IProperty<[number[]]>[]): void => {
  for (const one of properties) fc.assert(one);
};

/** Sums to 0, a constant added to every reward changes nothing, the order of paths does not matter. */
function isGroupBaseline(advantage: (rewards: readonly number[]) => number[]): void {
  holds(
    fc.property(rewards, (values) => near(sum(advantage(values)), 0)),
    fc.property(rewards, (values) => {
      const raised = advantage(values.map((x) => x + 3));
      return advantage(values).every((x, i) => near(raised[i] ?? Number.NaN, x));
    }),
    fc.property(rewards, (values) => {
      const backwards = advantage([...values].reverse()).reverse();
      return advantage(values).every((x, i) => near(backwards[i] ?? Number.NaN, x));
    }),
  );
}

const whitenedMethods = [
  { name: "reinforce-plus-plus", referenceKl: 0 },
  { name: "reinforce-plus-plus-baseline", referenceKl: 0 },
];

const CREDIT: readonly Property[] = [
  { name: "B-GRPO: a baseline of the group", check: () => isGroupBaseline(groupAdvantages) },
  {
    name: "B-GRPO: twice the rewards, the same advantage",
    check: () =>
      holds(
        fc.property(rewards, (values) => {
          const doubled = groupAdvantages(values.map((x) => 2 * x));
          return groupAdvantages(values).every((x, i) => near(doubled[i] ?? Number.NaN, x));
        }),
      ),
  },
  { name: "B-DRGRPO: a baseline of the group", check: () => isGroupBaseline(centred) },
  { name: "B-RLOO: a baseline of the group", check: () => isGroupBaseline(leaveOneOut) },
  {
    name: "B-RLOO: k/(k − 1) times the distance from the mean",
    check: () =>
      holds(
        fc.property(rewards, (values) => {
          const [k, expected] = [values.length, centred(values)];
          return leaveOneOut(values).every((x, i) => near(x, (k / (k - 1)) * (expected[i] ?? Number.NaN)));
        }),
      ),
  },
  {
    name: "B-DAPO: the punishment is 0 up to L_max − L_cache, falls with every token, and is −1 from L_max on",
    check: () =>
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 9 }), (length, tenths) => {
          const [at, next] = [length, length + 1].map((tokens) => overlongPunishment(tokens, 100, tenths / 10));
          const soft = 100 - 10 * tenths;
          if (at === undefined || next === undefined) return false;
          if (length <= soft) return at === 0;
          return length >= 100 ? at === -1 : at > -1 && at < 0 && next < at;
        }),
      ),
  },
  {
    name: "B-RPP, B-RPPB: mean 0 and deviation 1 over the path-tokens of the whole batch, or all 0",
    check: () => {
      for (const options of whitenedMethods) {
        fc.assert(
          fc.property(trees, (grown) => {
            const { mean, std } = moments(creditOf(options, grown).flat());
            return near(mean, 0) && (std === 0 || near(std, 1));
          }),
        );
      }
    },
  },
  {
    name: "B-GIGPO: without the step term the credit is GRPO's",
    check: () =>
      fc.assert(
        fc.property(trees, (grown) => {
          const plain = creditOf({ name: "grpo" }, grown).flat();
          return creditOf({ name: "gigpo", stepWeight: 0 }, grown)
            .flat()
            .every((x, i) => x === plain[i]);
        }),
      ),
  },
  {
    name: "B-GIGPO: the step terms of the turns that start from one state sum to 0; a state met once has none",
    check: () => fc.assert(fc.property(trees, (grown) => grown.every(stepTermsBalance))),
  },
];

function stepTermsBalance(tree: RolloutTree): boolean {
  const [plain, stepped] = [{ name: "grpo" }, { name: "gigpo" }].map((options) => creditOf(options, [tree]));
  const byState = new Map<string, number[]>();
  for (const { id, leaf } of tree.paths) {
    let at = 0;
    const nodes = [];
    for (let node = tree.nodes[leaf]; node?.turn != null; node = tree.nodes[node.parent ?? 0]) nodes.unshift(node);
    for (const { stateKey = "", turn } of nodes) {
      const term = (stepped?.[id]?.[at] ?? Number.NaN) - (plain?.[id]?.[at] ?? Number.NaN);
      byState.set(stateKey, [...(byState.get(stateKey) ?? []), term]);
      at += turn?.ids.length ?? 0;
    }
  }
  return [...byState.values()].every((terms) => near(sum(terms), 0) && (terms.length > 1 || terms[0] === 0));
}

const ratios = fc.double({ min: Math.exp(-25), max: Math.exp(25), noNaN: true });
const signs = fc.constantFrom(-1.5, 0, 2);

/** F of a method for every ratio and advantage. */
function factorIs(options: object, expected: (delta: number, advantage: number) => number): void {
  const { gradientFactor } = method(options);
  fc.assert(
    fc.property(fc.oneof(ratios, fc.double({ min: 0.5, max: 2, noNaN: true })), signs, (ratio, advantage) => {
      assert.equal(gradientFactor(ratio, advantage), expected(clampedRatio(ratio), advantage));
    }),
  );
}

const ppoFactor =
  (low: number, high: number) =>
  (delta: number, advantage: number): number =>
    (delta > 1 + high && advantage > 0) || (delta < 1 - low && advantage < 0) ? 0 : delta;

const CLIPS: readonly Property[] = [
  ...["grpo", "dr-grpo", "rloo", "reinforce-plus-plus", "reinforce-plus-plus-baseline", "gigpo"].map((name) => ({
    name: `the gradient factor of ${name} is that of PPO's clip`,
    check: () => factorIs({ name }, ppoFactor(0.2, 0.2)),
  })),
  { name: "B-DAPO: clip-higher", check: () => factorIs({ name: "dapo" }, ppoFactor(0.2, 0.28)) },
  { name: "B-GSPO: a tight clip of the path's ratio", check: () => factorIs({ name: "gspo" }, ppoFactor(3e-4, 4e-4)) },
  {
    name: "B-CISPO: the weight is bounded above, whatever the advantage, and never 0",
    check: () => factorIs({ name: "cispo" }, (delta) => Math.min(delta, 5)),
  },
  {
    name: "B-GPPO: the gradient is kept and bounded on both sides",
    check: () =>
      factorIs({ name: "gppo" }, (delta, advantage) => {
        if (delta > 1.2 && advantage > 0) return 1.2;
        return delta < 0.8 && advantage < 0 ? 0.8 : delta;
      }),
  },
  {
    name: "B-RLOO, B-GSPO: one ratio a path, e to the sum or to the mean of the tokens' log δ",
    check: () =>
      fc.assert(
        fc.property(fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 9 }), (logs) => {
          const total = sum(logs);
          const [sums, means] = ["rloo", "gspo"].map((name) => method({ name }).pathRatios?.(logs) ?? []);
          return (
            sums?.length === logs.length &&
            sums.every((s) => near(Math.log(s), Math.max(-20, Math.min(20, total)))) &&
            means?.every((s) => near(Math.log(s), total / logs.length)) === true
          );
        }),
      ),
  },
];

export const PROPERTIES: readonly Property[] = [...CREDIT, ...CLIPS];
