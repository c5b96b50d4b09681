import { describe, expect, it } from "vitest";
import { z } from "zod";
import { tool } from "../tools/tool.ts";
import { checkTask } from "./conformance.ts";
import { defineTask } from "./define.ts";
import type { TaskDefinition } from "./definition.ts";
import { tagWords } from "./dialects/tags.ts";
import type { Demonstration } from "./task.ts";

const echo = tool<string, { count: number }>({
  name: "echo",
  description: "the input",
  input: z.string(),
  execute: (input, { state }) => ({ text: input, state: { count: state.count + 1 } }),
});
const run = (...texts: readonly string[]): Demonstration => ({
  parts: texts.map((text, index) => ({ by: index % 2 === 0 ? ("policy" as const) : ("tool" as const), text })),
});
const sound = {
  name: "sound",
  tools: [echo],
  question: (split, index) => ({
    prompt: split === "test" ? "x y" : `x ${index % 2 === 0 ? "x" : "y x"}`,
    answers: "y",
  }),
  environment: { initial: () => ({ count: 0 }), fork: (state) => ({ ...state }) },
  vocabulary: ["<pad>", ...tagWords([echo]), "x", "y"],
  demonstrate: () => run("<echo> x </echo>", "<result> x </result>", "<answer> y </answer>"),
} satisfies TaskDefinition<unknown, { count: number }>;

async function faultsOf(change: Partial<TaskDefinition<unknown, { count: number }>>, careful = true) {
  return (await checkTask(defineTask({ ...sound, ...change }), { questions: 2, careful })).faults;
}
const first = async (change: Partial<TaskDefinition<unknown, { count: number }>>) => (await faultsOf(change))[0];

describe("conformance of a task", () => {
  it("passes a sound one and counts", async () => {
    expect(await checkTask(defineTask<unknown, { count: number }>(sound), { questions: 2, careful: true })).toEqual({
      faults: [],
      demonstrations: 4,
      correctShare: 1,
      // 3 + 3 + 3 words, and prompts of 2, 3, 2 and 2 words.
      meanTokens: 9 + 9 / 4,
      maxTokens: 12,
      maxCalls: 1,
    });
  });

  it("sees an impure question", async () => {
    let asked = 0;
    const question = () => ({ prompt: "x", answers: "y", id: `${asked++}` });
    expect(await first({ question })).toBe("train/1: question() gives another question the second time");
  });

  it("sees a question in both splits", async () => {
    expect(await first({ question: () => ({ prompt: "x", answers: "y" }) })).toBe(
      "test/0: a test question is in train too: x",
    );
  });

  it("sees words that are not in the vocabulary", async () => {
    const question = sound.question;
    expect(await first({ question: (split, index) => ({ ...question(split, index), answers: "z" }) })).toBe(
      'train/0: "z" is not in the vocabulary',
    );
    expect(
      await first({ demonstrate: () => run("<echo> z </echo>", "<result> z </result>", "<answer> y </answer>") }),
    ).toBe('train/0: "z" is not in the vocabulary');
  });

  it.each<[string, Demonstration, string]>([
    [
      "a broken turn",
      run("<echo> x", "<result> x </result>", "<answer> y </answer>"),
      "train/0: part 0 does not end at its first stop",
    ],
    [
      "two turns in one",
      run("<echo> x </echo> <answer> y </answer>"),
      "train/0: part 0 does not end at its first stop",
    ],
    ["an unknown order", { parts: [{ by: "tool", text: "x" }] }, "train/0: part 0 is by tool"],
    [
      "another result than the tool's",
      run("<echo> x </echo>", "<result> y </result>", "<answer> y </answer>"),
      "train/0: part 1 records <result> y </result>, but the tool now gives <result> x </result>",
    ],
    [
      "an answer half-way",
      run("<answer> y </answer>", "<result> x </result>", "<answer> y </answer>"),
      "train/0: part 0 answers, but is not the last",
    ],
    ["no answer", run("<echo> x </echo>", "<result> x </result>"), "train/0: its format is broken"],
    ["a wrong answer", run("<answer> x </answer>"), "train/0: a careful demonstration answers x, not right"],
    ["an invalid turn", run("<answer> y <echo> </answer>"), "train/0: part 0 is invalid: <echo> opens inside <answer>"],
  ])("sees a demonstration with %s", async (_name, demonstration, fault) => {
    expect(await first({ demonstrate: () => demonstration })).toBe(fault);
  });

  it("sees limits that demonstrations pass", async () => {
    expect(await first({ limits: { turns: 1 } })).toBe("train/0: it takes 2 turns of 1");
    expect(await first({ limits: { tokens: 10 } })).toBe("train/0: it is 11 tokens long, of 10");
    const twice = run(
      "<echo> x </echo>",
      "<result> x </result>",
      "<echo> x </echo>",
      "<result> x </result>",
      "<answer> y </answer>",
    );
    expect(await first({ limits: { calls: 1, turns: 3 }, demonstrate: () => twice })).toBe(
      "train/0: it makes 2 calls of 1",
    );
  });

  it("AEPO-R8: sees a fork that shares its state with the original", async () => {
    const state = { count: 0 };
    const leaky = tool<string, { count: number }>({
      ...echo,
      execute: (_, { state: own }) => {
        own.count++;
        return own.count === 1 ? "x" : "y";
      },
    });
    const environment = { initial: () => ({ count: 0 }), fork: (one: { count: number }) => one };
    expect(await first({ tools: [leaky], environment })).toBe(
      "train/0: part 1 records <result> x </result>, but the tool now gives <result> y </result>",
    );
    expect(await faultsOf({ tools: [leaky], environment: { ...environment, fork: (one) => ({ ...one }) } })).toEqual(
      [],
    );
    expect(state).toEqual({ count: 0 });
  });

  it("sees probes that do not go on from the prompt, or expect nothing or unknown words", async () => {
    const probes = () => [
      { prefix: "x y <echo>", expected: "x" },
      { prefix: "y", expected: "z" },
      { prefix: "x y", expected: " " },
    ];
    expect((await faultsOf({ probes })).slice(0, 3)).toEqual([
      'test/0: "z" is not in the vocabulary',
      "test/0: a probe does not begin with the prompt",
      "test/0: a probe expects nothing",
    ]);
  });

  it("does not ask careless demonstrations to be right", async () => {
    expect(await faultsOf({ demonstrate: () => run("<answer> x </answer>") }, false)).toEqual([]);
  });
});
