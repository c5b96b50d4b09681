import { expect, it } from "vitest";
import { curriculum, curriculumSchema } from "../data/curriculum.ts";
import type { AnyTask } from "../envs/task.ts";
import { answer, growSmall, smallQuestion, smallTask } from "../rollout/testing/small-world.ts";
import { runStateSchema } from "../run/checkpoint.ts";
import { afterAnswers, askedQuestions } from "./asked-questions.ts";

const rules = curriculum(curriculumSchema.parse({ after: 4, never: 0 }));
const small = smallTask();
/** Six questions, over and over. */
const task: AnyTask = {
  ...small,
  question: (_, index) => smallQuestion(index % 6),
  reward: (question, transcript) =>
    transcript.answer === "fact"
      ? Promise.reject(new Error("busy"))
      : ({ ...(small.reward(question as never, transcript) as object), correct: transcript.answer === "y" } as never),
  curriculum: { rules, size: 6 },
};
const fresh = runStateSchema.parse({
  step: 0,
  seed: 1,
  nextQuestion: 0,
  toolEntropySpread: null,
  best: null,
  journals: { metrics: 0, rollouts: 0 },
  seconds: 0,
});

it("without a curriculum the next questions are asked, all of them", () => {
  const asked = askedQuestions({ ...task, curriculum: undefined } as unknown as AnyTask, { ...fresh, nextQuestion: 4 });
  expect([0, 1, 2].map((i) => asked.question(i).id)).toEqual(["small/4", "small/5", "small/0"]);
  expect([asked.next(3), asked.passedOver()]).toEqual([7, null]);
  expect(afterAnswers({ ...task, curriculum: undefined } as unknown as AnyTask, fresh, [])).toEqual({});
});

it("what is always or never solved is dropped from the draw; the order goes on behind it, the state is in the checkpoint", async () => {
  // Question 0 is always solved, 1 never, 2 half the time, and nobody can judge half of 3.
  const texts = ["y y y y", "x x x x", "y x y x", "y fact x fact", "y x y x", "y x y x"].map((line) => line.split(" "));
  const trees = await growSmall(
    ({ question, path }) => ({ text: answer.replace("y", texts[question]?.[path] ?? ""), entropy: 0 }),
    { task, questions: 6 },
  );
  const { curriculum: known } = afterAnswers(task, fresh, trees);
  expect(known).toEqual({
    "small/0": [4, 4],
    "small/1": [0, 4],
    "small/2": [2, 4],
    "small/3": [1, 2],
    "small/4": [2, 4],
    "small/5": [2, 4],
  });
  const next = runStateSchema.parse(JSON.parse(JSON.stringify({ ...fresh, nextQuestion: 6, curriculum: known })));
  const asked = askedQuestions(task, next);
  expect([0, 1, 2, 3, 4].map((i) => asked.question(i).id)).toEqual([2, 3, 4, 5, 2].map((i) => `small/${i}`));
  // Two before the first, two before the fifth.
  expect([asked.passedOver(), asked.next(4), asked.next(5)]).toEqual([4, 12, 15]);
});
