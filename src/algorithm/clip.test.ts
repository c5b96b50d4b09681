import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../engine/gradient.ts";
import { input } from "../engine/ops.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { type ClipOptions, clippedLoss, gradientFactor } from "./clip.ts";
import { sequenceMean, tokenMean } from "./reduction.ts";

interface Tokens {
  readonly logprobs: readonly number[];
  readonly oldLogprobs: readonly number[];
  readonly advantages: readonly number[];
  readonly weights: readonly number[];
  readonly entropies?: readonly number[];
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ device: "cpu", threads: 1 });
});
afterAll(() => runtime.close());

/** Value and gradients of the loss with respect to log-probabilities and entropies, through the engine. */
async function evaluate(options: ClipOptions, tokens: Tokens) {
  const count = tokens.logprobs.length;
  const vector = (name: string) => input(name, [count]);
  const [logprobs_N, entropies_N] = [vector("logprobs"), vector("entropies")];
  const loss = clippedLoss(options).build({
    logprobs_N,
    entropies_N,
    oldLogprobs_N: vector("oldLogprobs"),
    advantages_N: vector("advantages"),
    referenceLogprobs_N: vector("referenceLogprobs"),
    weights_N: vector("weights"),
    path_N: input("path", [count], "i32"),
    pathCount: 1,
  });
  const [byLogprob, byEntropy] = gradients(loss, [logprobs_N, entropies_N]);
  if (byLogprob === undefined || byEntropy === undefined) throw new Error("no gradient");
  const program = await runtime.compile({ outputs: { loss, byLogprob, byEntropy } });
  const given = { ...tokens, entropies: tokens.entropies ?? tokens.logprobs.map(() => 0) };
  const inputs = Object.fromEntries(
    Object.keys(program.inputs)
      .filter((name) => name !== "path")
      .map((name) => {
        const data = Float32Array.from(given[name as keyof Tokens] ?? []);
        return [name, { dtype: "f32" as const, shape: [count], data }];
      }),
  );
  const { host } = await runtime.run(program, inputs);
  return {
    loss: host["loss"]?.data[0] ?? Number.NaN,
    byLogprob: [...(host["byLogprob"]?.data ?? [])],
    byEntropy: [...(host["byEntropy"]?.data ?? [])],
  };
}

const plain = { low: 0.2, high: 0.2, stopGradient: true, klWeight: 0, entropyBonus: 0 };
const one = (log: number, advantage: number): Tokens => ({
  logprobs: [log],
  oldLogprobs: [0],
  advantages: [advantage],
  weights: [1],
});

describe("AEPO-L3", () => {
  // log δ on every branch: below the clip, inside on either side of 1, above; at and beyond the clamp of ±20.
  const logs = [-30, -20, -1, -0.1, 0, 0.1, 1, 20, 30];
  const cases = logs.flatMap((log) => [2, -3, 0].map((advantage) => [log, advantage] as const));

  it.each(cases)("log δ = %d, Ã = %d: the gradient is −F·Ã, the value PPO's", async (log, advantage) => {
    for (const stopGradient of [true, false]) {
      const options = { ...plain, stopGradient };
      const { loss, byLogprob } = await evaluate(options, one(log, advantage));
      const factor = gradientFactor(Math.exp(log), advantage, options);
      expect(byLogprob[0]).toBeCloseTo(
        -factor * advantage,
        4 - Math.ceil(Math.log10(1 + Math.abs(factor * advantage))),
      );
      const delta = Math.exp(Math.max(-20, Math.min(20, log)));
      const ppo = Math.min(delta * advantage, Math.max(0.8, Math.min(1.2, delta)) * advantage);
      expect(Math.abs(loss + ppo)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(ppo)));
    }
  });

  it.each(cases)("B-AEPO: log δ = %d, Ã = %d: a dual clip bounds Ã < 0 and nothing else", async (log, advantage) => {
    const dual = { ...plain, dual: 3 };
    const [{ loss, byLogprob }, paper] = [
      await evaluate(dual, one(log, advantage)),
      await evaluate(plain, one(log, advantage)),
    ];
    // −Ã·c where the paper's loss is above it, with no gradient: δ = e is below 3, e²⁰ and the clamp above.
    const bounded = advantage < 0 && log > Math.log(3);
    expect([loss, byLogprob[0]]).toEqual(bounded ? [-3 * advantage, 0] : [paper.loss, paper.byLogprob[0]]);
    const factor = gradientFactor(Math.exp(log), advantage, dual);
    expect(factor).toBe(bounded ? 0 : gradientFactor(Math.exp(log), advantage, plain));
  });

  it("F as the specification lists it", () => {
    expect(gradientFactor(2, 1, plain)).toBe(1.2);
    expect(gradientFactor(2, 1, { ...plain, stopGradient: false })).toBe(0);
    expect(gradientFactor(0.5, -1, plain)).toBe(0);
    expect(gradientFactor(2, -1, plain)).toBeCloseTo(2, 12);
    expect(gradientFactor(0.5, 1, plain)).toBeCloseTo(0.5, 12);
    expect(gradientFactor(Math.exp(40), -1, plain)).toBeCloseTo(Math.exp(20), -3);
  });
});

it("AEPO-L4: token mean weighs 1/Σ lengths, sequence mean 1/(length · paths)", () => {
  expect(tokenMean([3, 1])).toEqual([0.25, 0.25]);
  expect(sequenceMean([4, 2])).toEqual([1 / 8, 1 / 4]);
  expect(sequenceMean([4, 0])).toEqual([1 / 4, 0]);
});

it("AEPO-L4: a batch cut in two sums to the whole, value and gradient", async () => {
  const tokens = { logprobs: [-1, -0.4, -2], oldLogprobs: [-1.5, -0.5, -1], advantages: [1, -1, 2] };
  const weights = [1 / 3, 1 / 3, 1 / 3];
  const whole = await evaluate(plain, { ...tokens, weights });
  const first = await evaluate(plain, { ...tokens, weights: [1 / 3, 1 / 3, 0] });
  const rest = await evaluate(plain, { ...tokens, weights: [0, 0, 1 / 3] });
  expect(first.loss + rest.loss).toBeCloseTo(whole.loss, 6);
  whole.byLogprob.forEach((x, i) => expect((first.byLogprob[i] ?? 0) + (rest.byLogprob[i] ?? 0)).toBeCloseTo(x, 6));
});

describe("golden/losses.json and golden/dual-clip.json (PyTorch, golden/*.py)", () => {
  interface Golden extends Tokens {
    readonly name: string;
    readonly options: ClipOptions;
    readonly loss: number;
    readonly byLogprob: readonly number[];
    readonly byEntropy: readonly number[];
  }
  const golden = ["losses", "dual-clip"].flatMap(
    (file) => JSON.parse(readFileSync(new URL(`../../golden/${file}.json`, import.meta.url), "utf8")) as Golden[],
  );

  it.each(golden.map((one) => [one.name, one] as const))("AEPO-L3, L4: %s", async (_name, expected) => {
    const found = await evaluate(expected.options, expected);
    expect(Math.abs(found.loss - expected.loss)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(expected.loss)));
    expect(normwise(found.byLogprob, expected.byLogprob)).toBeLessThanOrEqual(1e-5);
    expect(normwise(found.byEntropy, expected.byEntropy)).toBeLessThanOrEqual(1e-5);
  });
});

function normwise(found: readonly number[], expected: readonly number[]): number {
  const norm = Math.hypot(...expected);
  return Math.hypot(...found.map((x, i) => x - (expected[i] ?? Number.NaN))) / (norm === 0 ? 1 : norm);
}
