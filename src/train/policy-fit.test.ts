import { expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { algorithmSchema, makeAlgorithm } from "../algorithm/list.ts";
import { sketchTask } from "../algorithm/testing/sketch-task.ts";
import { atlasTask } from "../envs/atlas/atlas.ts";
import { calculatorTask } from "../envs/calculator.ts";
import type { AnyTask } from "../envs/task.ts";
import type { PolicyInfo } from "../policy/policy.ts";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import { checkPolicyFitsAlgorithm, checkPolicyFitsTask, checkTaskFitsAlgorithm } from "./policy-fit.ts";

const info: PolicyInfo = {
  description: "x",
  vocabularySize: 280,
  maxSequenceTokens: 256,
  entropy: "full",
  logprobTemperature: "any",
  shaping: true,
  topLogprobs: 20,
  countsReuse: true,
  keepsWeights: true,
};
const atlas = atlasTask();
const tokenizer = wordTokenizer(atlas.vocabulary ?? []);
const aepo = (options: object) => makeAlgorithm(algorithmSchema.parse({ name: "aepo", ...options }), sketchTask);

it("a policy must know the task's words and read its paths", () => {
  expect(thrownMessage(() => checkPolicyFitsTask(atlas, info, tokenizer))).toBe("nothing was thrown");
  // 124 words, 13 of them shared: padding, question, think, answer and result tags, "?", "is", ";", "done".
  expect(thrownMessage(() => checkPolicyFitsTask(calculatorTask(), info, tokenizer))).toBe(
    'the policy does not know the words of the task "calculator"\n  found: 111 unknown words: <calc>, </calc>, +, -, * …\n  to fix: use a checkpoint made for this task (policy.checkpoint), or make one with a cold start',
  );
  expect(thrownMessage(() => checkPolicyFitsTask(atlas, { ...info, maxSequenceTokens: 128 }, tokenizer))).toBe(
    'the task "atlas" allows longer paths than the policy can read\n  expected: limits.tokens of at most 128\n  found: 192',
  );
});

it("AEPO-H1: an engine that reports at temperature 1 only is not trained at another", () => {
  const remote = { ...info, logprobTemperature: 1 } as const;
  expect(thrownMessage(() => checkPolicyFitsAlgorithm(aepo({}), remote, 1))).toBe("nothing was thrown");
  expect(thrownMessage(() => checkPolicyFitsAlgorithm(aepo({}), remote, 0.7))).toBe(
    "this engine reports log-probabilities at temperature 1 only\n  found: train.temperature 0.7\n  to fix: set train.temperature to 1, or use another engine",
  );
});

it("AEPO-H4: a surprisal is good enough for the rollout and never a weight unasked", () => {
  const remote = { ...info, entropy: "surprisal" } as const;
  expect(thrownMessage(() => checkPolicyFitsAlgorithm(aepo({ advantage: { entropyWeight: 0 } }), remote, 1))).toBe(
    "nothing was thrown",
  );
  expect(thrownMessage(() => checkPolicyFitsAlgorithm(aepo({}), remote, 1))).toBe(
    'this engine reports no entropies, only the log-probability of what was sampled\n  found: an entropy-aware advantage, which would then depend on the action and bias the gradient\n  to fix: set algorithm.advantage.entropyWeight to 0, use an engine that reports entropies ("full" or "topK"), or take the bias: algorithm.advantage.entropyEstimate: "surprisal"',
  );
  const asked = aepo({ advantage: { entropyEstimate: "surprisal" } });
  expect(thrownMessage(() => checkPolicyFitsAlgorithm(asked, remote, 1))).toBe("nothing was thrown");
  expect(thrownMessage(() => checkPolicyFitsAlgorithm(asked, { ...info, entropy: "topK" }, 1))).toBe(
    "algorithm.advantage.entropyEstimate: this engine reports entropies\n  found: entropies of kind topK\n  to fix: leave it out",
  );
  expect(
    algorithmSchema.safeParse({ name: "aepo", advantage: { entropyWeight: 0, entropyEstimate: "surprisal" } }).error
      ?.issues,
  ).toMatchObject([
    { path: ["advantage", "entropyEstimate"], message: "entropyEstimate has no effect when entropyWeight is 0" },
  ]);
});

it("AEPO-R8: a method that branches needs a task whose state can be had again", () => {
  const { initial } = atlas.environment;
  const task = { ...atlas, environment: { initial } };
  const check = (options: object, of: AnyTask) =>
    thrownMessage(() => checkTaskFitsAlgorithm(of, makeAlgorithm(algorithmSchema.parse(options), of)));
  for (const options of [
    { name: "aepo" },
    { name: "arpo" },
    { name: "random-branching", branch: { rate: 0.5 } },
    { name: "tree-grpo" },
  ]) {
    expect(check(options, task)).toBe(
      `algorithm ${options.name} branches, which the task "atlas" does not allow (AEPO-R8)\n  expected: an environment with fork, or one that is replayable (calls run again give the same)\n  found: neither\n  to fix: give the task's environment one of them, or choose an algorithm of whole rollouts (algorithm.name: grpo)`,
    );
    expect(check(options, atlas)).toBe("nothing was thrown");
    expect(check(options, { ...task, environment: { initial, replayable: true } })).toBe("nothing was thrown");
  }
  expect(check({ name: "grpo" }, task)).toBe("nothing was thrown");
});

it("B-AEPO: entropies of the most likely tokens need an engine that reports as many", () => {
  const check = (entropyTopK: number) =>
    thrownMessage(() => checkPolicyFitsAlgorithm(aepo({ entropyTopK }), { ...info, topLogprobs: 5 }, 1));
  expect(check(5)).toBe("nothing was thrown");
  expect(check(10)).toBe(
    "this engine reports at most 5 most likely tokens\n  found: algorithm.entropyTopK 10\n  to fix: set algorithm.entropyTopK to at most 5, or leave it out: entropies are then AEPO-H2's",
  );
});
