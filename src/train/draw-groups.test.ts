import { expect, it } from "vitest";
import type { Algorithm } from "../algorithm/algorithm.ts";
import { algorithmSchema, makeAlgorithm } from "../algorithm/list.ts";
import { measureStep } from "../algorithm/measure.ts";
import type { Policy } from "../policy/policy.ts";
import { ScriptedTurns } from "../rollout/scripted-turns.ts";
import { smallQuestion, smallTask, smallTokenizer } from "../rollout/testing/small-world.ts";
import { drawGroups } from "./draw-groups.ts";

const right = "<answer> y </answer>";
const wrong = "<answer> x </answer>";

/** Questions of every round whose paths differ in reward; the others' are all right. */
const SPREAD = [[0, 2], [1], [0]];

function dapo(options: object): Algorithm {
  return makeAlgorithm(algorithmSchema.parse({ name: "dapo", groupSize: 2, ...options }), smallTask());
}

function draw(algorithm: Algorithm) {
  let round = 0;
  const openSampler = () => {
    const spread = SPREAD[round++] ?? [];
    return new ScriptedTurns(smallTokenizer, ({ question, path }) => ({
      text: path === 0 && spread.includes(question) ? wrong : right,
      entropy: 0.1,
    }));
  };
  return drawGroups({
    task: smallTask(),
    tokenizer: smallTokenizer,
    policy: { openSampler } as unknown as Policy,
    algorithm,
    questionsPerStep: 4,
    question: smallQuestion,
    seed: 1,
    step: 1,
    temperature: 1,
    placeBaselines: [],
    entropyDivisor: 1,
    overlap: false,
    toolTimeoutMs: 1000,
    clock: { nowMs: () => 0, timestamp: () => "" },
    signal: new AbortController().signal,
  });
}

const ids = (trees: readonly { readonly question: { readonly id: string } }[]): string[] =>
  trees.map(({ question }) => question.id);

it("B-DAPO: new questions are drawn for groups of equal reward until the batch is full", async () => {
  const { trees, kept, rounds } = await draw(dapo({}));
  expect([rounds, trees.length]).toEqual([3, 4 + 2 + 1]);
  expect(ids(trees)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `small/${i}`));
  expect(ids(kept)).toEqual([0, 2, 5, 6].map((i) => `small/${i}`));
});

it("B-DAPO: after maxDraws rounds the step goes on with what there is and says so", async () => {
  const algorithm = dapo({ maxDraws: 2 });
  const { trees, kept, rounds } = await draw(algorithm);
  expect([rounds, trees.length, kept.length]).toEqual([2, 6, 3]);
  const credits = kept.map((tree) => ({ tree, paths: [] }));
  const measured = { algorithm, trees, credits, updates: [], tokenizer: smallTokenizer };
  const { warnings, method } = measureStep({ ...measured, draws: { rounds, wanted: 4 } });
  expect(warnings).toEqual([
    "the batch is not full: 3 of 4 groups after 2 rounds of questions (algorithm.maxDraws), 3 had equal rewards and were dropped",
  ]);
  expect(method).toMatchObject({ rounds: 2, overlongShare: 0 });
  expect(measureStep({ ...measured, draws: { rounds, wanted: 3 } }).warnings).toEqual([]);
});

it("a method that does not ask for it draws once, and so does maxDraws 1, which warns of nothing", async () => {
  const grpo = makeAlgorithm(algorithmSchema.parse({ name: "grpo", groupSize: 2 }), smallTask());
  for (const algorithm of [grpo, dapo({ maxDraws: 1 })]) {
    const { trees, kept, rounds } = await draw(algorithm);
    expect([rounds, trees.length, kept.length]).toEqual([1, 4, 2]);
    const measured = { algorithm, trees, credits: [], updates: [], tokenizer: smallTokenizer };
    expect(measureStep({ ...measured, draws: { rounds, wanted: 4 } }).warnings).toEqual([]);
  }
});
