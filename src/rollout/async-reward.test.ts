import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import type { Reward, Task } from "../envs/task.ts";
import { gradePath, isJudged } from "./grade-path.ts";
import { answer, byPath, growOne, growSmall, smallTask, testRules } from "./testing/small-world.ts";

const base = smallTask();
const judgedBy = (reward: Task["reward"]): typeof base => ({ ...base, reward });
const script = byPath({ 0: [0.1, 0.9, "answer"], 1: [0.5, "answer"], 2: ["answer"] });
const later = <T>(value: T, ms: number): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), ms));

describe("a reward that takes time", () => {
  it("gives the same tree as one that does not, whatever comes first", async () => {
    const tree = await growOne(script);
    let asked = 0;
    const slow = judgedBy(async (question, transcript) => {
      // The first path that ends is judged last.
      await later(null, 20 - 5 * Math.min(3, asked++));
      return base.reward(question as never, transcript);
    });
    expect(await growOne(script, { task: slow })).toEqual(tree);
    expect(asked).toBe(tree.paths.length);
  });

  it("does not hold up growth: all paths are judged at the same time", async () => {
    let [open, most] = [0, 0];
    const slow = judgedBy(async (question, transcript) => {
      most = Math.max(most, ++open);
      await later(null, 30);
      open--;
      return base.reward(question as never, transcript);
    });
    const trees = await growSmall(({ path }) => ({ text: answer, entropy: path }), { task: slow, questions: 3 });
    expect(most).toBe(trees.flatMap(({ paths }) => paths).length);
  });

  it("a run that is stopped does not wait for it", async () => {
    const stop = new AbortController();
    const never = judgedBy(() => {
      setTimeout(() => stop.abort(new Error("stopped by hand")), 5);
      return new Promise<Reward>(() => {});
    });
    expect(await rejectionMessage(growOne(script, { task: never, signal: stop.signal }))).toBe("stopped by hand");
  });
});

describe("a path that cannot be judged", () => {
  const unjudged = { total: 0, formatOk: false, correct: false, parts: {} };
  const question = base.question("train", 0);
  const transcript = { turns: [], results: [], calls: [], answer: null };

  it.each([
    ["throws", () => raise("no key"), "no key"],
    ["rejects", () => Promise.reject(new Error("503 from the judge")), "503 from the judge"],
    ["gives nothing", () => undefined, "the reward is undefined, not { total, … }"],
    ["gives no number", () => ({ ...unjudged, total: Number.NaN }), "the reward's total is NaN, not a number"],
    [
      "gives no number later",
      () => Promise.resolve({ ...unjudged, total: "1" }),
      "the reward's total is 1, not a number",
    ],
  ])("is data where the reward %s", async (_, reward, failed) => {
    expect(await gradePath(judgedBy(reward as Task["reward"]), question, transcript)).toEqual({ ...unjudged, failed });
  });

  it("stands in the tree with its reason, among those that were judged", async () => {
    let asked = 0;
    const task = judgedBy((asking, path) => (asked++ === 1 ? raise("busy") : base.reward(asking as never, path)));
    const tree = await growOne(script, { task, rules: testRules({ groupSize: 3 }) });
    expect(tree.paths.map(({ reward }) => reward.failed ?? "judged").sort()).toEqual(["busy", "judged", "judged"]);
    expect(isJudged(tree)).toBe(false);
    expect(isJudged(await growOne(script))).toBe(true);
  });
});

function raise(why: string): never {
  throw new Error(why);
}
