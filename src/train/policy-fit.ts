/**
 * Does this policy fit this task and this algorithm? Everything that would otherwise fail, or silently mislead, at step 40 is
 * an error before the first.
 */
import type { Algorithm } from "../algorithm/algorithm.ts";
import { endTokens } from "../envs/dialects/end-tokens.ts";
import type { AnyTask } from "../envs/task.ts";
import type { PolicyInfo } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import { checkTemplateFitsTask } from "./template-fit.ts";

export function checkPolicyFitsTask(task: AnyTask, info: PolicyInfo, tokenizer: Tokenizer): void {
  const unknown = (task.vocabulary ?? []).filter((word) => !isKnown(tokenizer, word));
  if (unknown.length > 0) {
    throw new AepoError("config", `the policy does not know the words of the task "${task.name}"`, {
      exists: `${unknown.length} unknown words: ${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? " …" : ""}`,
      fix: "use a checkpoint made for this task (policy.checkpoint), or make one with a cold start",
    });
  }
  // Throws if the dialect's special tokens are not there.
  endTokens(task.dialect, tokenizer);
  checkTemplateFitsTask(task, tokenizer);
  if (task.limits.tokens > info.maxSequenceTokens) {
    throw new AepoError("config", `the task "${task.name}" allows longer paths than the policy can read`, {
      expected: `limits.tokens of at most ${info.maxSequenceTokens}`,
      exists: String(task.limits.tokens),
    });
  }
}

export function checkTaskFitsAlgorithm(task: AnyTask, algorithm: Algorithm): void {
  checkBranches(task, algorithm);
  checkStateKeys(task, algorithm);
}

/** B-GIGPO: steps that start from the same state are found by the task's state keys. */
function checkStateKeys({ name, stateKey }: AnyTask, algorithm: Algorithm): void {
  if (algorithm.needs?.includes("stateKeys") !== true || stateKey !== undefined) return;
  throw new AepoError(
    "config",
    `algorithm.name: ${algorithm.name} compares steps that start from the same state (B-GIGPO), and the task "${name}" has no stateKey`,
    {
      expected: "stateKey of the task: (question, state) => a text, without counters such as calls used",
      fix: "give the task a stateKey, set algorithm.stepWeight to 0 (no step term), or choose an algorithm without state keys, such as grpo",
    },
  );
}

/** AEPO-R8: a branch needs the state at its fork, forked or made again by replaying calls. */
function checkBranches({ name, environment }: AnyTask, algorithm: Algorithm): void {
  if (!algorithm.mechanisms.branching || environment.fork !== undefined || environment.replayable === true) return;
  throw new AepoError(
    "config",
    `algorithm ${algorithm.name} branches, which the task "${name}" does not allow (AEPO-R8)`,
    {
      expected: "an environment with fork, or one that is replayable (calls run again give the same)",
      exists: "neither",
      fix: "give the task's environment one of them, or choose an algorithm of whole rollouts (algorithm.name: grpo)",
    },
  );
}

/** AEPO-H1: log-probabilities, ratios and loss are of the distribution that is sampled. AEPO-H4: estimates of entropy. */
export function checkPolicyFitsAlgorithm(algorithm: Algorithm, info: PolicyInfo, temperature: number): void {
  if (info.logprobTemperature === 1 && temperature !== 1) {
    throw new AepoError("config", "this engine reports log-probabilities at temperature 1 only", {
      exists: `train.temperature ${temperature}`,
      fix: "set train.temperature to 1, or use another engine",
    });
  }
  const topK = algorithm.growth.departures?.topK ?? 0;
  if (topK > info.topLogprobs) {
    throw new AepoError("config", `this engine reports at most ${info.topLogprobs} most likely tokens`, {
      exists: `algorithm.entropyTopK ${topK}`,
      fix: `set algorithm.entropyTopK to at most ${info.topLogprobs}, or leave it out: entropies are then AEPO-H2's`,
    });
  }
  checkEntropyWeight(algorithm, info);
}

/** AEPO-H4: what depends on the action becomes no weight unasked, and asking for it where it is not needed has no effect. */
function checkEntropyWeight({ mechanisms, acceptsSurprisal = false }: Algorithm, { entropy }: PolicyInfo): void {
  if (acceptsSurprisal && entropy !== "surprisal") {
    throw new AepoError("config", "algorithm.advantage.entropyEstimate: this engine reports entropies", {
      exists: `entropies of kind ${entropy}`,
      fix: "leave it out",
    });
  }
  if (entropy === "surprisal" && mechanisms.entropyAdvantage && !acceptsSurprisal) {
    throw new AepoError("config", "this engine reports no entropies, only the log-probability of what was sampled", {
      exists: "an entropy-aware advantage, which would then depend on the action and bias the gradient",
      fix: 'set algorithm.advantage.entropyWeight to 0, use an engine that reports entropies ("full" or "topK"), or take the bias: algorithm.advantage.entropyEstimate: "surprisal"',
    });
  }
}

function isKnown(tokenizer: Tokenizer, word: string): boolean {
  try {
    return tokenizer.encode(word).length > 0;
  } catch {
    return false;
  }
}
