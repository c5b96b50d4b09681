import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { calculatorTask } from "../envs/calculator.ts";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import { datasetSource, taskSource } from "./sft-source.ts";

const examples = Array.from({ length: 40 }, (_, i) => ({ ids: [i], trained: [true] }));
const dealt = (steps: number, seed = 1): number[] => {
  const source = datasetSource(examples, { seed, batch: 5, heldOutShare: 0.25 });
  return Array.from({ length: steps }, (_, i) => source.batch(i + 1).map(({ ids }) => ids[0] ?? -1)).flat();
};

describe("a data set", () => {
  it("holds a share out, and gives every other example once an epoch, each epoch in another order", () => {
    const { heldOut } = datasetSource(examples, { seed: 1, batch: 5, heldOutShare: 0.25 });
    const held = heldOut.map(({ ids }) => ids[0]);
    const size = 40 - held.length;
    expect(held.length).toBeGreaterThan(3);
    const all = dealt(16);
    const [first, second] = [all.slice(0, size), all.slice(size, 2 * size)];
    expect(new Set([...first, ...held]).size).toBe(40);
    expect(second.toSorted((a, b) => a - b)).toEqual(first.toSorted((a, b) => a - b));
    expect(second).not.toEqual(first);
  });

  it("is dealt alike again, from any step, and otherwise with another seed", () => {
    expect(dealt(16)).toEqual(dealt(16));
    expect(dealt(16, 2)).not.toEqual(dealt(16));
    const source = datasetSource(examples, { seed: 1, batch: 5, heldOutShare: 0.25 });
    expect(source.batch(14).map(({ ids }) => ids[0])).toEqual(dealt(14).slice(-5));
    expect(source.batch(2).map(({ ids }) => ids[0])).toEqual(dealt(2).slice(-5));
  });

  it("of which nothing is left to train on is an error", () => {
    expect(thrownMessage(() => datasetSource([], { seed: 1, batch: 5, heldOutShare: 0.1 }))).toBe(
      "the data leaves nothing to train on\n  found: 0 examples, a share of 0.1 held out",
    );
  });
});

describe("a task", () => {
  it("demonstrates fresh questions in every step, and nothing is held out", () => {
    const task = calculatorTask();
    const source = taskSource(task, wordTokenizer(task.vocabulary ?? []), { seed: 1, batch: 3 });
    expect(source.heldOut).toEqual([]);
    expect(source.batch(1)).toEqual(source.batch(1));
    expect(source.batch(2)).not.toEqual(source.batch(1));
  });

  it("without demonstrations is an error", () => {
    const { demonstrate: _, ...task } = calculatorTask();
    expect(thrownMessage(() => taskSource(task, wordTokenizer(["a"]), { seed: 1, batch: 3 }))).toContain(
      'the task "calculator" has no demonstrations to start from',
    );
  });
});
