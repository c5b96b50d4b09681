import { expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import type { Algorithm } from "../algorithm/algorithm.ts";
import { algorithmSchema, makeAlgorithm } from "../algorithm/list.ts";
import { measureStep } from "../algorithm/measure.ts";
import { unscored } from "../algorithm/needs.ts";
import type { Policy } from "../policy/policy.ts";
import { ScriptedTurns } from "../rollout/scripted-turns.ts";
import { smallQuestion, smallTask, smallTokenizer } from "../rollout/testing/small-world.ts";
import { losing } from "../rollout/testing/losing-sampler.ts";
import { drawGroups } from "./draw-groups.ts";

const right = "<answer> y </answer>";
const wrong = "<answer> x </answer>";

/** Questions of every round whose paths differ in reward; the others' are all right. */
const SPREAD = [[0, 2], [1], [0]];

function dapo(options: object): Algorithm {
  return makeAlgorithm(algorithmSchema.parse({ name: "dapo", groupSize: 2, ...options }), smallTask());
}

function draw(algorithm: Algorithm, task = smallTask(), lost: readonly string[] = [], policy?: Policy) {
  let round = 0;
  const openSampler = () => {
    const spread = SPREAD[round++] ?? [];
    const turns = new ScriptedTurns(smallTokenizer, ({ question, path }) => ({
      text: path === 0 && spread.includes(question) ? wrong : right,
      entropy: 0.1,
    }));
    return losing(turns, (id) => lost.includes(id));
  };
  return drawGroups({
    task,
    tokenizer: smallTokenizer,
    policy: policy ?? ({ openSampler, info: { entropy: "surprisal" } } as unknown as Policy),
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

/** Nobody can judge the wrong paths of these questions. */
function unjudged(...ids: readonly string[]): ReturnType<typeof smallTask> {
  const task = smallTask();
  return {
    ...task,
    reward: (question, transcript) =>
      ids.includes(question.id) && transcript.answer === "x"
        ? Promise.reject(new Error("the judge is busy"))
        : task.reward(question, transcript),
  };
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

it("a group with a path that could not be judged is left out, counted and warned about; nothing of it counts as 0", async () => {
  const grpo = makeAlgorithm(algorithmSchema.parse({ name: "grpo", groupSize: 2 }), smallTask());
  const { trees, kept } = await draw(grpo, unjudged("small/0"));
  expect([ids(trees).length, ids(kept)]).toEqual([4, ["small/2"]]);
  const credits = kept.map((tree) => ({ tree, paths: [] }));
  const { reward, warnings } = measureStep({ algorithm: grpo, trees, credits, updates: [], tokenizer: smallTokenizer });
  // Of the 7 judged paths 6 are right; of the 3 judged groups 2 have equal rewards.
  expect(reward).toMatchObject({ groups: 4, groupsKept: 1, unjudged: { paths: 1, groups: 1 } });
  expect([reward.mean, reward.flatGroupShare]).toEqual([6 / 7, 2 / 3]);
  expect(warnings[0]).toBe(
    "1 of 4 groups were left out of the step: 1 of 8 paths could not be judged (the judge is busy)",
  );
});

it("B-DAPO: a group that could not be judged is replaced like one of equal rewards", async () => {
  const { trees, kept } = await draw(dapo({ maxDraws: 3 }), unjudged("small/0"));
  expect([ids(trees).length, ids(kept)]).toEqual([4 + 3 + 2, ["small/2", "small/5", "small/7"]]);
  expect(
    measureStep({
      algorithm: dapo({}),
      trees,
      credits: kept.map((tree) => ({ tree, paths: [] })),
      updates: [],
      tokenizer: smallTokenizer,
      draws: { rounds: 3, wanted: 4 },
    }).warnings,
  ).toContain(
    "the batch is not full: 3 of 4 groups after 3 rounds of questions (algorithm.maxDraws), 5 had equal rewards and were dropped",
  );
});

it("a request that failed costs its path: the others of its group are kept, and a group of one is not", async () => {
  const grpo = makeAlgorithm(algorithmSchema.parse({ name: "grpo", groupSize: 3 }), smallTask());
  // Question 0 keeps a wrong and a right path, question 1 two right ones, question 2 one path, question 3 all three.
  const { trees, kept, estimate } = await draw(grpo, smallTask(), ["0/2", "1/1", "2/1", "2/2"]);
  expect(trees.map(({ paths }) => paths.length)).toEqual([3, 3, 3, 3]);
  expect([ids(kept), kept[0]?.paths.map(({ id }) => id)]).toEqual([["small/0"], [0, 1]]);
  expect(estimate).toEqual({ kind: "surprisal", lumped: null });
  const credits = grpo.credit(kept, unscored);
  expect(credits[0]?.paths.map(({ path, advantages }) => [path, Math.sign(advantages[0] ?? 0)])).toEqual([
    [0, -1],
    [1, 1],
  ]);
  const measured = measureStep({ algorithm: grpo, trees, credits, updates: [], estimate, tokenizer: smallTokenizer });
  // Of the 8 paths that are left 6 are right.
  expect([measured.reward.mean, measured.reward.unjudged]).toEqual([6 / 8, undefined]);
  expect(measured.entropy.estimate).toEqual(estimate);
  expect(measured.ledger.ends).toEqual({ answer: 8, "engine-failure": 4 });
  expect(measured.warnings[0]).toBe(
    "4 of 12 paths were lost and are not trained: the engine could not sample a turn: 503: out of memory",
  );
});

it("a step of which nothing could be judged ends the run and says what to do", async () => {
  const task = smallTask();
  const grpo = makeAlgorithm(algorithmSchema.parse({ name: "grpo", groupSize: 2 }), task);
  const mute = { ...task, reward: () => Promise.reject(new Error("401: the key is not valid")) };
  expect(await rejectionMessage(draw(grpo, mute))).toBe(
    `step 1 has nothing to learn from: no group of 4 could be judged
  expected: a reward for every path of at least one question
  found: 401: the key is not valid
  to fix: mend what judges or samples (is its server up, is its key valid?), then go on from the last checkpoint with --resume`,
  );
});

it("keeps as many paths in the air as the engine samples at once, and as many again that wait for tools", async () => {
  const grpo = makeAlgorithm(algorithmSchema.parse({ name: "grpo", groupSize: 2 }), smallTask());
  const most = async (requestsAtOnce?: number): Promise<number> => {
    let [open, highest] = [0, 0];
    const openSampler = () => {
      const turns = new ScriptedTurns(smallTokenizer, () => ({ text: right, entropy: 0.1 }));
      const { submit, next } = { submit: turns.submit.bind(turns), next: turns.next.bind(turns) };
      return Object.assign(turns, {
        submit: (request: Parameters<typeof submit>[0]) => {
          highest = Math.max(highest, ++open);
          submit(request);
        },
        next: async () => {
          const samples = await next();
          open -= samples.length;
          return samples;
        },
      });
    };
    const info = { entropy: "surprisal", ...(requestsAtOnce === undefined ? {} : { requestsAtOnce }) };
    await draw(grpo, smallTask(), [], { openSampler, info } as unknown as Policy);
    return highest;
  };
  expect([await most(), await most(1), await most(2)]).toEqual([8, 2, 4]);
});
