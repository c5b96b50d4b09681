import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generalisedAdvantages } from "./gae.ts";

/** Made by golden/value.py: the sums of the definition, in NumPy. */
interface Golden {
  readonly gae: readonly {
    readonly gamma: number;
    readonly lambda: number;
    readonly rewards: readonly number[];
    readonly values: readonly number[];
    readonly advantages: readonly number[];
    readonly returns: readonly number[];
  }[];
}
const golden = JSON.parse(readFileSync(new URL("../../golden/value.json", import.meta.url), "utf8")) as Golden;

const number = fc.double({ min: -3, max: 3, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const path = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 40 });

function closeTo(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  for (const [t, x] of wanted.entries()) expect(found[t]).toBeCloseTo(x, 9);
}

describe("B-PPO: generalised advantages", () => {
  it.each(golden.gae)(
    "are NumPy's with γ $gamma and λ $lambda",
    ({ rewards, values, advantages, returns, ...options }) => {
      const found = generalisedAdvantages(rewards, values, options);
      closeTo(found.advantages, advantages);
      closeTo(found.returns, returns);
    },
  );

  it("with γ = λ = 1 are what is still to come minus the value", () => {
    fc.assert(
      fc.property(path, (steps) => {
        const [rewards, values] = [steps.map(([r]) => r), steps.map(([, v]) => v)];
        const toGo = rewards.map((_, t) => rewards.slice(t).reduce((sum, r) => sum + r, 0));
        const { advantages, returns } = generalisedAdvantages(rewards, values, { gamma: 1, lambda: 1 });
        closeTo(returns, toGo);
        closeTo(
          advantages,
          toGo.map((g, t) => g - (values[t] ?? 0)),
        );
      }),
    );
  });

  it("with λ = 0 are one-step temporal differences", () => {
    fc.assert(
      fc.property(path, share, (steps, gamma) => {
        const [rewards, values] = [steps.map(([r]) => r), steps.map(([, v]) => v)];
        closeTo(
          generalisedAdvantages(rewards, values, { gamma, lambda: 0 }).advantages,
          values.map((v, t) => (rewards[t] ?? 0) + gamma * (values[t + 1] ?? 0) - v),
        );
      }),
    );
  });

  it("are 0 where values are the returns, whatever λ", () => {
    fc.assert(
      fc.property(path, share, share, (steps, gamma, lambda) => {
        const rewards = steps.map(([r]) => r);
        const values = rewards.map((_, t) => rewards.slice(t).reduce((sum, r, ahead) => sum + gamma ** ahead * r, 0));
        closeTo(
          generalisedAdvantages(rewards, values, { gamma, lambda }).advantages,
          values.map(() => 0),
        );
      }),
    );
  });

  it("of no tokens and of one", () => {
    expect(generalisedAdvantages([], [], { gamma: 1, lambda: 1 }).advantages).toHaveLength(0);
    expect([...generalisedAdvantages([1], [0.25], { gamma: 0.5, lambda: 0 }).advantages]).toEqual([0.75]);
  });
});
