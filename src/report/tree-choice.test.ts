import { expect, it } from "vitest";
import { sampleRollout, sampleTree } from "./testing/sample-tree.ts";
import { chooseTrees, chosenSteps } from "./tree-choice.ts";

it("takes the first, the middle and the last step, without repeats", () => {
  expect(chosenSteps([5, 1, 3, 2, 4])).toEqual([1, 3, 5]);
  expect(chosenSteps([1, 2, 2, 1])).toEqual([1, 2]);
  expect(chosenSteps([4])).toEqual([4]);
  expect(chosenSteps([])).toEqual([]);
});

it("prefers a tree with right and wrong paths", () => {
  const allWrong = sampleRollout(1, sampleTree({ seed: 1, skill: 0 }));
  const mixed = sampleRollout(1, sampleTree({ seed: 2, skill: 0.5 }));
  expect(chooseTrees([allWrong, mixed])).toEqual([mixed]);
  expect(chooseTrees([mixed, allWrong])).toEqual([mixed]);
});
