/** A task made for it: the value head learns to predict returns while the policy waits, then the policy learns with it. */
import { expect, it } from "vitest";
import { z } from "zod";
import { makeAlgorithm } from "../algorithm/list.ts";
import { defineTask } from "../envs/define.ts";
import { tagWords } from "../envs/dialects/tags.ts";
import { modelConfigSchema } from "../policy/config.ts";
import { systemClock } from "../std/clock.ts";
import { tool } from "../tools/tool.ts";
import { runConfigSchema } from "./config.ts";
import { newPolicy } from "./open.ts";
import { policySchema } from "./policy-options.ts";
import { optimizerStep } from "./optimizer.ts";
import { type StepOutcome, trainStep } from "./step.ts";

/** A path is two words, and good if the first is one of these: not known before it is written, and known in the only state after. */
const WORDS = "a b c d e f g h".split(" ");
const GOOD = new Set(WORDS.slice(0, 4));
const nothing = tool({ name: "nothing", description: "Does nothing.", input: z.string(), execute: () => "" });
const toy = defineTask({
  name: "first-word",
  tools: [nothing],
  vocabulary: ["<pad>", ...tagWords([nothing]), ...WORDS],
  limits: { tokens: 3 },
  question: () => ({ prompt: "h", answers: "a" }),
  reward(_question, { turns }) {
    const good = GOOD.has(turns[0]?.trim().split(" ")[0] ?? "");
    return { total: good ? 1 : 0, formatOk: true, correct: good, parts: {} };
  },
});

const [WARMUP, STEPS] = [8, 13];

it("B-PPO: the value head learns to predict returns, and the policy what they are for", async () => {
  const config = runConfigSchema.parse({
    algorithm: { name: "ppo", groupSize: 16, updates: 4, criticWarmup: WARMUP, criticLearningRate: 1e-2 },
    policy: { checkpoint: "none", threads: 1 },
    optimizer: { learningRate: 1e-2 },
    train: { steps: STEPS, questionsPerStep: 8 },
  });
  const model = modelConfigSchema.omit({ vocab_size: true }).parse({
    hidden_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    head_dim: 16,
    intermediate_size: 32,
    max_position_embeddings: 16,
    tie_word_embeddings: false,
    embedding_scale: 20,
  });
  const workload = { sequenceTokens: 3, samples: true, valueHead: true };
  const { policy, tokenizer, close } = await newPolicy(policySchema.parse(config.policy), model, toy.vocabulary ?? [], {
    seed: 1,
    ...workload,
  });
  const outcomes: StepOutcome[] = [];
  for (let step = 1; step <= STEPS; step++) {
    outcomes.push(
      await trainStep({
        task: toy,
        tokenizer,
        policy,
        reference: null,
        algorithm: makeAlgorithm(config.algorithm, toy),
        questionsPerStep: 8,
        question: (index) => toy.question("train", index),
        seed: 1,
        step,
        temperature: 1,
        entropyDivisor: 1,
        placeBaselines: [],
        optimizer: optimizerStep(config.optimizer, 1e-2),
        gapLevels: { warn: 1e-5, stop: 1e-3 },
        overlap: false,
        toolTimeoutMs: 1000,
        clock: systemClock,
        signal: new AbortController().signal,
      }),
    );
  }
  await close();
  const [first, ...others] = outcomes.map(({ figures }) => figures);
  expect(first?.critic).toMatchObject({ warmup: true, explainedVariance: 0, valueMean: 0 });
  const learnt = others[WARMUP - 1]?.critic;
  // Half of the states come before the word that decides: no critic explains more than half.
  expect(learnt?.warmup).toBe(false);
  expect(learnt?.explainedVariance).toBeGreaterThan(0.35);
  expect(learnt?.explainedVariance).toBeLessThan(0.6);
  expect(learnt?.valueLoss).toBeLessThan(0.7 * (first?.critic?.valueLoss ?? 0));
  expect(first?.reward.mean).toBeLessThan(0.3);
  expect(others[WARMUP - 2]?.reward.mean).toBeLessThan(0.35);
  expect(others.at(-1)?.reward.mean).toBeGreaterThan(0.9);
}, 60_000);
