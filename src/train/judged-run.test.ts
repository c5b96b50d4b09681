/** A training run whose judge is a model on a server, which fails from the second step on. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { AnyTask } from "../envs/task.ts";
import { fails, says, scriptedApi } from "../eval/testing/scripted-api.ts";
import { openReward } from "../rewards/open-reward.ts";
import { runConfigSchema } from "./config.ts";
import { makeTask, taskSchema } from "./tasks.ts";
import { train } from "./train.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-judged-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Line {
  readonly kind: string;
  readonly step: number;
  readonly message?: string;
  readonly judges?: { readonly judge: Record<string, number> };
  readonly figures?: { readonly reward: { readonly unjudged?: { readonly paths: number; readonly groups: number } } };
}

const lines = <T>(name: string): T[] =>
  readFileSync(join(root, "run", name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

it("says what the judge cost, and what it could not judge; nothing of that counts as 0", async () => {
  let broken = false;
  const api = await scriptedApi(() => (broken ? fails(500) : says("Incorrect")));
  const atlas = makeTask(taskSchema.parse({ name: "atlas" }));
  const judge = { model: "judge", baseURL: `${api.url}/v1`, retries: 0 };
  const reward = await openReward({ parts: [{ judge }] }, atlas);
  const task: AnyTask = { ...atlas, reward, takeJudgeFigures: () => reward.takeJudgeFigures() ?? {} };
  const config = runConfigSchema.parse({
    seed: 5,
    algorithm: { name: "grpo", groupSize: 3 },
    policy: { checkpoint: "bundled:atlas" },
    optimizer: { learningRate: 1e-3 },
    train: { steps: 2, questionsPerStep: 3 },
    eval: { every: 0 },
    run: { folder: join(root, "run"), rolloutsEvery: 1 },
  });
  await train({
    task,
    config,
    resolved: config,
    onRecord: ({ kind }) => {
      if (kind === "step") broken = true;
    },
  });
  await reward.close();
  await api.close();
  const records = lines<Line>("metrics.jsonl");
  const [first, second] = records.filter(({ kind }) => kind === "step");
  expect(first?.judges?.judge).toMatchObject({ failed: 0, uncounted: 0, cost: 0 });
  const { answers = 0, cached = 0, calls = 0, inputTokens, outputTokens } = first?.judges?.judge ?? {};
  expect([answers > 0, answers - cached, inputTokens, outputTokens]).toEqual([true, calls, 10 * calls, 3 * calls]);
  expect(first?.figures?.reward.unjudged).toBeUndefined();
  const lost = second?.judges?.judge["failed"] ?? 0;
  const unjudged = second?.figures?.reward.unjudged;
  expect(lost).toBeGreaterThan(0);
  expect(unjudged?.paths).toBeGreaterThanOrEqual(lost);
  const told =
    records
      .flatMap(({ kind, message = "" }) => (kind === "warning" && message.includes("judged") ? [message] : []))
      .at(-1) ?? "";
  expect(told).toMatch(
    /^\d of 3 groups were left out of the step: \d of 9 paths could not be judged \(judge: judge at http\S+ did not answer: 500/,
  );
  // Groups with a path that nobody judged have no credit: none of their paths is trained on a 0.
  interface Tree {
    readonly step: number;
    readonly credit: unknown;
    readonly tree: { readonly paths: readonly { readonly reward: { readonly failed?: string } }[] };
  }
  const trees = lines<Tree>("rollouts.jsonl").filter(({ tree }) =>
    tree.paths.some(({ reward }) => reward.failed !== undefined),
  );
  expect(trees.length).toBe(unjudged?.groups);
  expect(trees.map(({ step, credit }) => [step, credit])).toEqual(trees.map(() => [2, null]));
}, 240_000);
