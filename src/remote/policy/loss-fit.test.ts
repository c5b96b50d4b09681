import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { algorithmSchema, makeAlgorithm } from "../../algorithm/list.ts";
import { smallTask } from "../../rollout/testing/small-world.ts";
import { openInlineRuntime } from "../../engine/runtime/node.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { Programs } from "../../policy/programs.ts";
import { checkRemoteLoss } from "./loss-fit.ts";

let runtime: Runtime;
beforeAll(async () => void (runtime = await openInlineRuntime({ threads: 1 })));
afterAll(() => runtime.close());

const lossOf = (options: object) => makeAlgorithm(algorithmSchema.parse(options), smallTask()).loss;

it("losses of log-probabilities can be sent, those with a KL term to a reference included", async () => {
  for (const options of [
    { name: "aepo" },
    { name: "grpo", groupSize: 4 },
    { name: "gspo", groupSize: 4 },
    { name: "reinforce-plus-plus", groupSize: 4 },
  ]) {
    await expect(checkRemoteLoss(lossOf(options), new Programs(runtime))).resolves.toBeUndefined();
  }
});

it("an entropy bonus is refused before a run starts", async () => {
  const message = await rejectionMessage(
    checkRemoteLoss(lossOf({ name: "aepo", entropyBonus: 0.5 }), new Programs(runtime)),
  );
  expect(message.split("\n").map((line) => line.trim())).toEqual([
    "a server that speaks the Tinker protocol cannot train an entropy bonus: its gradient needs the whole distribution of every token",
    "expected: a loss of log-probabilities alone",
    expect.stringMatching(/^found: d loss \/ d entropy = -0\.\d+ at a token$/),
    "to fix: set algorithm.entropyBonus to 0, or train with the embedded engine",
  ]);
});

it("a value loss is refused before a run starts", async () => {
  const message = await rejectionMessage(checkRemoteLoss(lossOf({ name: "ppo" }), new Programs(runtime)));
  expect(message).toContain(
    "cannot train a value head (B-PPO)\n  expected: a loss of log-probabilities alone\n  found: the loss ",
  );
  expect(message).toContain("use an algorithm without a critic");
});
