/** How far the value loss and the generalised advantages of PPO (B-PPO) are from golden/value.json. */
import { generalisedAdvantages } from "../../src/algorithm/gae.ts";
import { clippedValueLoss } from "../../src/algorithm/value-clip.ts";
import { gradients } from "../../src/engine/gradient.ts";
import { input } from "../../src/engine/ops.ts";
import { floats } from "../../src/policy/forest.ts";
import type { Programs } from "../../src/policy/programs.ts";
import { type GaeCase, relativeError, type ValueCase } from "./golden.ts";

/** The larger error of value and gradient. */
export async function valueError(programs: Programs, golden: ValueCase): Promise<number> {
  const vector = (name: string) => input(name, [golden.values.length]);
  const values_N = vector("values");
  const loss = clippedValueLoss({ clip: 0.2, coefficient: 0.5, shareTrunk: false }).build({
    values_N,
    oldValues_N: vector("oldValues"),
    returns_N: vector("returns"),
    weights_N: vector("weights"),
  });
  const [gradient = loss] = gradients(loss, [values_N]);
  const program = await programs.get(golden.name, () => ({ outputs: { loss, gradient } }));
  const { values, oldValues, returns, weights } = golden;
  const given = Object.entries({ values, oldValues, returns, weights });
  const inputs = Object.fromEntries(given.map(([name, data]) => [name, floats(Float32Array.from(data))]));
  const { host } = await programs.run(program, inputs);
  return Math.max(
    relativeError([...(host["loss"]?.data ?? [])].map(Number), [golden.loss]),
    relativeError([...(host["gradient"]?.data ?? [])].map(Number), golden.gradient),
  );
}

export function gaeError({ rewards, values, advantages, returns, gamma, lambda }: GaeCase): number {
  const found = generalisedAdvantages(rewards, values, { gamma, lambda });
  return Math.max(relativeError(found.advantages, advantages), relativeError(found.returns, returns));
}
