import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../../test/support/thrown.ts";
import { STEP } from "../../../policy/conformance-learning.ts";
import type { OptimizerStep } from "../../../policy/policy.ts";
import type { TinkerClient } from "../../client/tinker-client.ts";
import { type Changes, changedClient } from "../testing/changed-client.ts";
import { type TinyRemote, tinyRemote } from "../testing/tiny-remote.ts";

let remote: TinyRemote;
let summing: TinkerClient;
let averaging: TinkerClient;
beforeAll(async () => {
  remote = await tinyRemote();
  summing = await remote.connect({ reduction: "sum" });
  averaging = await remote.connect({ reduction: "mean" });
});
afterAll(() => remote.close());

const silent: Changes = { result: ({ metrics }) => ({ metrics, gradientNorm: null }) };
const free: OptimizerStep = { ...STEP, maxGradientNorm: Number.POSITIVE_INFINITY };

async function reductionOf(client: TinkerClient, microBatch = 1): Promise<string> {
  const made: string[] = [];
  const counting = changedClient(client, { onModel: ({ id }) => void made.push(id) });
  const policy = await remote.open(counting, { microBatch, entropy: "surprisal" });
  // What was examined is gone, the policy's own model was never touched.
  expect(made.length).toBeGreaterThan(1);
  expect(made.at(-1)).toBe(policy.modelId);
  await policy.dispose();
  return policy.reduction;
}

describe("how a server reduces losses", () => {
  it("is found out by the norms of gradients, whatever its micro-batch", async () => {
    expect([await reductionOf(summing), await reductionOf(summing, 4)]).toEqual(["sum", "sum"]);
    expect([await reductionOf(averaging), await reductionOf(averaging, 4)]).toEqual(["mean", "mean"]);
  });

  it("is found out by small steps where no norm is told", async () => {
    expect(await reductionOf(changedClient(summing, silent))).toBe("sum");
    expect(await reductionOf(changedClient(averaging, silent))).toBe("mean");
  });

  it("is an error where no norm is told and steps are not linear", async () => {
    const deaf = changedClient(summing, { ...silent, adam: { epsilon: 1e-8, learningRate: 1e-3 } });
    expect(await rejectionMessage(remote.open(deaf))).toMatch(
      /^the reduction of the server's losses cannot be found out\n {2}expected: .*\n {2}found: no norm, and a gradient twice as large moves 1\.\d+ times as far\n {2}to fix: set policy\.reduction to sum .* or mean/,
    );
  });

  it("is an error where it is neither a sum nor a mean of means, and can be said by hand", async () => {
    const strange = changedClient(summing, {
      data: (data) => data.map((datum) => ({ ...datum, ...halved(datum.advantages) })),
    });
    expect(await rejectionMessage(remote.open(strange))).toBe(
      `the server reduces losses in a way that is neither a sum nor a mean of means
  expected: multiples 2, 1, 1 (sum) or 1, 1/8, 1/16 (mean)
  found: 2.000, 0.5000, 0.5000
  to fix: if you know that one of them is right, set policy.reduction to sum or mean`,
    );
    const policy = await remote.open(strange, { reduction: "sum" });
    expect(policy.reduction).toBe("sum");
    await policy.dispose();
  });
});

function halved(advantages: Parameters<typeof Array.from<number>>[0] | undefined) {
  return advantages === undefined ? {} : { advantages: Array.from(advantages, (a) => a / 2) };
}

describe("settings of a step that a server ignores", () => {
  const noticed = async (client: TinkerClient, optimizer: OptimizerStep, reduction: "sum" | "mean" = "sum") => {
    const notices: string[] = [];
    const policy = await remote.open(client, {
      reduction,
      entropy: "surprisal",
      optimizer,
      onNotice: (notice) => notices.push(notice),
    });
    await policy.dispose();
    return notices;
  };

  it("none are ignored here, under either reduction", async () => {
    expect(await noticed(summing, STEP)).toEqual([]);
    expect(await noticed(averaging, { ...STEP, weightDecay: 0.1 }, "mean")).toEqual([]);
  });

  it("clipping without effect is refused at the start", async () => {
    const client = changedClient(summing, { adam: { maxGradientNorm: Number.POSITIVE_INFINITY } });
    const options = { reduction: "sum", entropy: "surprisal", optimizer: STEP } as const;
    expect(await rejectionMessage(remote.open(client, options))).toBe(
      `the server does not clip gradients: optimizer.maxGradientNorm would have no effect
  found: optimizer.maxGradientNorm 1
  to fix: set optimizer.maxGradientNorm to null (some servers clip by settings of their own: look there)`,
    );
    const policy = await remote.open(client, { ...options, optimizer: free });
    // And again if a step asks for it after all.
    await expect(policy.step(STEP)).rejects.toThrow("the server does not clip gradients");
    await policy.dispose();
  });

  it("the others are told by their names", async () => {
    const cases: readonly (readonly [Changes["adam"], string])[] = [
      [{ weightDecay: 0 }, "optimizer.weightDecay 0"],
      [{ beta1: 0.9, beta2: 0.999 }, "optimizer.beta1 0.9, optimizer.beta2 0.99"],
      // As SkyRL with FSDP does: the rate alone is taken.
      [
        { epsilon: 1e-8, beta1: 0.9, beta2: 0.999, weightDecay: 0.01, maxGradientNorm: 1 },
        "optimizer.epsilon 1e-8, so that what it makes of beta1, beta2 and weightDecay cannot be seen",
      ],
    ];
    for (const [adam = {}, ignored] of cases) {
      expect(await noticed(changedClient(summing, { adam }), free)).toEqual([
        `the server steps with settings of its own and ignores ${ignored}`,
      ]);
    }
  });

  it("nothing is said to be ignored where that cannot be seen", async () => {
    expect(await noticed(changedClient(summing, silent), STEP)).toEqual([
      "the server reports no gradient norm, so whether it takes optimizer.epsilon, beta1, beta2, weightDecay and maxGradientNorm was not looked at",
    ]);
  });
});
