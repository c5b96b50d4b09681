import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../engine/gradient.ts";
import { input } from "../engine/ops.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { clippedValueLoss } from "./value-clip.ts";

interface Tokens {
  readonly values: readonly number[];
  readonly oldValues: readonly number[];
  readonly returns: readonly number[];
  readonly weights: readonly number[];
}
/** Made by golden/value.py with PyTorch. */
interface Golden {
  readonly losses: readonly (Tokens & {
    readonly name: string;
    readonly branches: Readonly<Record<string, number>>;
    readonly loss: number;
    readonly gradient: readonly number[];
  })[];
}
const { losses } = JSON.parse(readFileSync(new URL("../../golden/value.json", import.meta.url), "utf8")) as Golden;

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

async function evaluate(tokens: Tokens): Promise<{ loss: number; gradient: number[] }> {
  const count = tokens.values.length;
  const vector = (name: string) => input(name, [count]);
  const values_N = vector("values");
  const loss = clippedValueLoss({ clip: 0.2, coefficient: 0.5, shareTrunk: false }).build({
    values_N,
    oldValues_N: vector("oldValues"),
    returns_N: vector("returns"),
    weights_N: vector("weights"),
  });
  const [gradient] = gradients(loss, [values_N]);
  if (gradient === undefined) throw new Error("no gradient");
  const program = await runtime.compile({ outputs: { loss, gradient } });
  const given = Object.entries(tokens).filter(([name]) => name in program.inputs);
  const inputs = given.map(([name, x]) => {
    const data = Float32Array.from(x as readonly number[]);
    return [name, { dtype: "f32" as const, shape: [count], data }] as const;
  });
  const { host } = await runtime.run(program, Object.fromEntries(inputs));
  return { loss: host["loss"]?.data[0] ?? Number.NaN, gradient: [...(host["gradient"]?.data ?? [])] };
}

const one = (value: number, old: number, target: number): Tokens => ({
  values: [value],
  oldValues: [old],
  returns: [target],
  weights: [1],
});

describe("B-PPO: the value loss", () => {
  it.each(losses.map((wanted) => [wanted.name, wanted] as const))(
    "is PyTorch's, with its gradient: %s",
    async (_, wanted) => {
      const found = await evaluate(wanted);
      expect(Math.abs(found.loss - wanted.loss)).toBeLessThanOrEqual(1e-5 * wanted.loss);
      const error = Math.hypot(...found.gradient.map((x, i) => x - (wanted.gradient[i] ?? Number.NaN)));
      expect(error).toBeLessThanOrEqual(1e-5 * Math.hypot(...wanted.gradient));
    },
  );

  it("golden values hit every branch", () => {
    const hits = losses.flatMap(({ branches }) => Object.entries(branches)).filter(([, count]) => count > 0);
    expect([...new Set(hits.map(([branch]) => branch))].sort()).toEqual([
      "inside",
      "outside, clipped is larger",
      "outside, unclipped is larger",
    ]);
  });

  it("by hand on each side of the clip, its gradient as finite differences have it", async () => {
    // V, V_old, R; loss 0.5·max of the two squares.
    const cases = [
      { tokens: one(0.1, 0, 1), loss: 0.5 * 0.9 ** 2 },
      { tokens: one(0.5, 0, 1), loss: 0.5 * 0.8 ** 2 },
      { tokens: one(-0.5, 0, 1), loss: 0.5 * 1.5 ** 2 },
      { tokens: one(0.5, 0, -1), loss: 0.5 * 1.5 ** 2 },
      { tokens: one(-0.5, 0, -1), loss: 0.5 * 0.8 ** 2 },
    ];
    for (const { tokens, loss } of cases) {
      const found = await evaluate(tokens);
      expect(found.loss).toBeCloseTo(loss, 5);
      const [value = 0, step] = [tokens.values[0], 1e-2];
      const [up, down] = [
        await evaluate({ ...tokens, values: [value + step] }),
        await evaluate({ ...tokens, values: [value - step] }),
      ];
      // Quadratic on either side: central differences are exact up to rounding.
      expect(found.gradient[0]).toBeCloseTo((up.loss - down.loss) / (2 * step), 3);
    }
    // Moved far enough towards the return: no more gradient.
    expect((await evaluate(one(0.5, 0, 1))).gradient).toEqual([0]);
  });
});
