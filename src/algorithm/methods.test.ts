/** The methods of k whole rollouts: losses and credit against golden/methods.json (TRL's own code and PyTorch), and what defines them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { advantageError } from "../../test/verify/advantage-error.ts";
import { type LossCase, methodCases } from "../../test/verify/golden.ts";
import { branchesOf, evaluate, lossError, methodOf } from "../../test/verify/loss-error.ts";
import { PROPERTIES } from "../../test/verify/properties.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { Programs } from "../policy/programs.ts";
import { methodSchema } from "./list.ts";

let runtime: Runtime;
let programs: Programs;
beforeAll(async () => {
  runtime = await openInlineRuntime({ device: "cpu", threads: 1 });
  programs = new Programs(runtime);
});
afterAll(() => runtime.close());

const ofMethod = (name: string) => ({
  losses: methodCases.losses.filter(({ algorithm }) => algorithm.name === name),
  advantages: methodCases.advantages.filter(({ algorithm }) => algorithm.name === name),
});

const SIDES = ["above +", "above -", "below +", "below -", "inside +", "inside -"];

/** Golden values of losses and credit; one loss at least has tokens on every side of the clip. */
async function matchesGolden(name: string, sides: readonly string[] = SIDES): Promise<void> {
  const { losses, advantages } = ofMethod(name);
  expect(losses.some((golden) => sides.every((side) => branchesOf(golden).has(side)))).toBe(true);
  for (const golden of losses) expect([golden.name, await lossError(programs, golden)]).toSatisfy(isNear);
  for (const golden of advantages) expect([golden.name, advantageError(golden)]).toSatisfy(isNear);
}

function isNear([, error]: [string, number]): boolean {
  return error <= 1e-5;
}

describe("golden values: value and gradient of the loss, credit of groups", () => {
  it("B-GRPO", () => matchesGolden("grpo"));
  it("B-DRGRPO", () => matchesGolden("dr-grpo"));
  it("B-RPP", () => matchesGolden("reinforce-plus-plus"));
  it("B-RPPB, with k2 in the loss", () => matchesGolden("reinforce-plus-plus-baseline"));
  it("B-RLOO", () => matchesGolden("rloo"));
  it("B-DAPO", () => matchesGolden("dapo"));
  it("B-GSPO", () => matchesGolden("gspo"));
  it("B-CISPO, without and with a lower bound", () => matchesGolden("cispo"));
  it("B-GPPO", () => matchesGolden("gppo"));
  it("B-GIGPO", () => matchesGolden("gigpo"));

  it("every loss that TRL has was computed by TRL, and every method of whole rollouts is here", () => {
    const byTrl = methodCases.losses
      .filter(({ name }) => name.includes(", trl:"))
      .map(({ algorithm }) => algorithm.name);
    expect([...new Set(byTrl)].sort()).toEqual(["cispo", "dapo", "dr-grpo", "grpo", "gspo", "rloo"]);
    const known = new Set<string>(methodSchema.options.map(({ shape }) => shape.name.value));
    expect(methodCases.losses.filter(({ algorithm }) => !known.has(algorithm.name))).toEqual([]);
  });
});

it.each(PROPERTIES.map(({ name, check }) => [name, check] as const))("%s", (_name, check) => check());

describe("the gradient factor on the host is the gradient of the loss", () => {
  const plain = methodCases.losses.filter(({ algorithm }) => !("klWeight" in algorithm) && !isReferred(algorithm));

  it.each(plain.map((golden) => [golden.name, golden] as const))("−F · Ã · weight: %s", async (_name, golden) => {
    const { gradientFactor, pathRatios, reduction } = methodOf(golden);
    const weights = reduction(golden.paths.map(({ logprobs }) => logprobs.length));
    const { logprobs: gradient } = await evaluate(programs, golden);
    for (const [i, { logprobs, oldLogprobs, advantages }] of golden.paths.entries()) {
      const logs = logprobs.map((x, t) => x - (oldLogprobs[t] ?? 0));
      const ratios = pathRatios?.(logs) ?? logs.map(Math.exp);
      // RLOO's ratio is a product: every one of a path's tokens moves all of it, where GSPO's moves by 1 / |y|.
      const share = (weights[i] ?? 0) * (golden.algorithm.name === "rloo" ? logs.length : 1);
      for (const [t, found] of [...(gradient[i] ?? [])].entries()) {
        const expected = -gradientFactor(ratios[t] ?? 0, advantages[t] ?? 0) * (advantages[t] ?? 0) * share;
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(expected)));
      }
    }
  });
});

function isReferred(algorithm: LossCase["algorithm"]): boolean {
  return algorithm.name === "reinforce-plus-plus-baseline" && algorithm.referenceKl !== 0;
}
