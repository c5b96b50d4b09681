import { expect, it } from "vitest";
import { evaluatePolicy, rollout } from "./api.ts";
import { makeTask, taskSchema } from "./tasks.ts";

const task = makeTask(taskSchema.parse({ name: "atlas" }));
const policy = { checkpoint: "bundled:atlas" };
const SMALL = { questions: 12, samples: 1, k: [1] as [number] };

it("an evaluation samples as eval.shaping says, and says so", async () => {
  const evaluated = async (sampling: object) => {
    const record = await evaluatePolicy({ task, policy, eval: { ...SMALL, ...sampling } });
    const { seconds: _, temperature: _t, shaping, ...outcome } = record;
    return { shaping, outcome };
  };
  const greedy = await evaluated({ temperature: 0 });
  const top = await evaluated({ shaping: { topK: 1 } });
  const free = await evaluated({ temperature: 2 });
  expect(top.outcome).toEqual(greedy.outcome);
  expect(free.outcome).not.toEqual(greedy.outcome);
  expect([greedy.shaping, top.shaping, free.shaping]).toEqual([undefined, "top-k 1", undefined]);
}, 60_000);

it("a rollout can be grown as evaluation samples; AEPO-H1: entropies are of the full distribution all the same", async () => {
  const request = { task, policy, algorithm: { name: "grpo" as const, groupSize: 2 } };
  const turnsOf = async (sampling: object) =>
    (await rollout({ ...request, ...sampling })).nodes.flatMap(({ turn }) => (turn === null ? [] : [turn]));
  const [greedy, top] = [await turnsOf({ temperature: 0 }), await turnsOf({ shaping: { topK: 1 } })];
  expect(top.map(({ ids }) => ids)).toEqual(greedy.map(({ ids }) => ids));
  expect(Math.max(...top.flatMap(({ entropies }) => entropies))).toBeGreaterThan(0.01);
  for (const [i, { logprobs }] of top.entries()) {
    for (const [j, x] of logprobs.entries()) expect(x).toBeCloseTo(greedy[i]?.logprobs[j] ?? Number.NaN, 4);
  }
}, 60_000);
