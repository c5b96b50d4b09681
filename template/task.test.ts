/** `npm test`: the task keeps the rules that training relies on, and the tool does what it says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTask } from "aepo";
import { task } from "./task.ts";

await test("every demonstration parses, runs again to the same results and fits the limits", async () => {
  const { faults, demonstrations } = await checkTask(task, { questions: 100 });
  assert.deepEqual(faults, []);
  assert.equal(demonstrations, 200);
});

await test("what is tested is not trained on", () => {
  const train = new Set(Array.from({ length: 500 }, (_, i) => task.question("train", i).prompt));
  const test = Array.from({ length: 100 }, (_, i) => task.question("test", i).prompt);
  assert.deepEqual(
    test.filter((prompt) => train.has(prompt)),
    [],
  );
});

await test("the till is busy, then answers", async () => {
  const [price] = task.tools;
  const ask = (call: number) => price?.execute("lamp june", { state: 0, call, signal: new AbortController().signal });
  assert.equal(await ask(0), "busy");
  assert.equal(await ask(1), "4");
});

await test("a right answer is worth 1, a broken format −1", async () => {
  const question = task.question("test", 0);
  const answer = question.answers[0] ?? "";
  const right = { turns: [`<answer> ${answer} </answer>`], results: [], calls: [], answer };
  assert.equal((await task.reward(question, right)).total, 1);
  assert.equal((await task.reward(question, { ...right, turns: ["no tags"], answer: null })).total, -1);
});
