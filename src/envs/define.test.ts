import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AepoError } from "../std/errors.ts";
import { tool } from "../tools/tool.ts";
import { checkTask } from "./conformance.ts";
import { defineTask } from "./define.ts";
import type { TaskDefinition } from "./definition.ts";
import { tagDialect, tagWords } from "./dialects/tags.ts";

const letters = ["a", "b", "c", "d"];
const next = tool({
  name: "next",
  description: "the letter after a letter",
  input: z.string(),
  execute: (letter) => letters[(letters.indexOf(letter) + 1) % letters.length] ?? "a",
});
const minimal = {
  name: "letters",
  tools: [next],
  questions: {
    train: [
      { prompt: "after a", answers: "b" },
      { prompt: "after b", answers: ["c"] },
    ],
    test: [{ prompt: "after c", answers: "d", id: "own" }],
  },
} satisfies TaskDefinition;

describe("defineTask", () => {
  it("fills in what a minimal definition leaves out", async () => {
    const task = defineTask(minimal);
    expect(task.dialect).toBe(tagDialect);
    expect(task.limits).toEqual({ turns: 9, calls: 8, tokens: 512 });
    expect(task.entropyWindow).toEqual({ tokens: 20, skip: 0 });
    expect(await task.environment.initial(task.question("train", 0))).toBeUndefined();
    // A tool may return a state all the same: it is a value, and a fork goes on from it.
    expect(await task.environment.fork?.({ cells: ["x"] })).toEqual({ cells: ["x"] });
    expect("vocabulary" in task || "demonstrate" in task || "probes" in task || "stateKey" in task).toBe(false);
    expect(task.question("train", 3)).toEqual({ id: "train/3", prompt: "after b", answers: ["c"], data: undefined });
    expect(task.question("test", 5).id).toBe("own");
    const right = { turns: ["<answer> b </answer>"], results: [], calls: [], answer: "b" };
    expect(await task.reward(task.question("train", 0), right)).toMatchObject({ total: 1, correct: true });
  });

  it("AEPO-W3: turns take one more than calls, and the bonus reaches the reward", async () => {
    const back = tool({ name: "back", description: "x", input: z.string(), execute: () => "a" });
    const task = defineTask({ ...minimal, tools: [next, back], limits: { calls: 3 }, multiToolBonus: 0.1 });
    expect(task.limits).toEqual({ turns: 4, calls: 3, tokens: 512 });
    const reward = await task.reward(task.question("train", 0), {
      turns: ["<next> a </next>", "<back> b </back>", "<answer> b </answer>"],
      results: ["b", "a"],
      calls: ["next", "back"].map((name) => ({ tool: name, input: "a", failed: false })),
      answer: "b",
    });
    expect(reward.total).toBeCloseTo(1.1, 12);
  });

  it("makes a task with own state, accuracy and demonstrations that passes the conformance checks", async () => {
    const count = tool<string, number>({
      name: "count",
      description: "how often it was called before",
      input: z.string(),
      execute: (_, { state }) => ({ text: letters[state] ?? "d", state: state + 1 }),
    });
    const task = defineTask<{ depth: number }, number>({
      name: "counting",
      tools: [count],
      question: (split, index) => {
        const depth = 1 + (index % 3);
        return { prompt: `${split} ${index % 10}`, answers: letters[depth - 1] ?? "d", data: { depth } };
      },
      environment: { initial: () => 0, fork: (state) => state },
      accuracy: (answer, { answers }) => (answers.includes(answer) ? 1 : 0.25),
      vocabulary: ["<pad>", ...tagWords([count]), "train", "test", "now", ...letters, ..."0123456789"],
      demonstrate: ({ data, answers }) => ({
        parts: [
          ...Array.from({ length: data.depth }, (_, call) => [
            { by: "policy" as const, text: "<count> now </count>" },
            { by: "tool" as const, text: `<result> ${letters[call]} </result>` },
          ]).flat(),
          { by: "policy", text: `<answer> ${answers[0]} </answer>` },
        ],
      }),
    });
    expect(await checkTask(task, { careful: true })).toMatchObject({ faults: [], correctShare: 1 });
  });

  it("takes a whole reward of the task's own", () => {
    const reward = () => ({ total: 7, formatOk: true, correct: true, parts: {} });
    expect(defineTask({ ...minimal, reward }).reward).toBe(reward);
  });

  it("refuses an index that is no index", () => {
    const task = defineTask(minimal);
    expect(() => task.question("train", -1)).toThrow("task letters: there is no question -1 in train");
    expect(() => task.question("test", 0.5)).toThrow("task letters: there is no question 0.5 in test");
  });
});

const words = ["<pad>", ...tagWords([next]), "after", ...letters];
const { questions: _, ...bare } = minimal;
const contradictions: readonly [string, TaskDefinition, string][] = [
  [
    "a bad name",
    { ...minimal, name: "My Task" },
    'a task cannot be named "My Task"\n  expected: lower-case letters, digits and dashes, a letter first',
  ],
  [
    "no tools",
    { ...minimal, tools: [] },
    "task letters: it has no tools\n  expected: at least one\n  to fix: add one with tool({ … })",
  ],
  [
    "two tools of a name",
    { ...minimal, tools: [next, next] },
    "task letters: two tools are named next\n  expected: one tool a name",
  ],
  [
    "a bad tool name",
    { ...minimal, tools: [{ ...next, name: "Next Letter" }] },
    'task letters: a tool cannot be named "Next Letter"\n  expected: lower-case letters, digits and _: the name is the tag of the call',
  ],
  [
    "a reserved tool name",
    { ...minimal, tools: [{ ...next, name: "result" }] },
    "task letters: a tool cannot be named result\n  expected: none of the dialect's own tags (think, answer, result)",
  ],
  [
    "no questions",
    bare,
    "task letters: it has no questions\n  expected: either question(split, index), a pure function, or questions: { train, test }, two lists",
  ],
  [
    "two sources of questions",
    { ...minimal, question: () => ({ prompt: "x", answers: "x" }) },
    "task letters: it has both `question` and `questions`\n  expected: either question(split, index), a pure function, or questions: { train, test }, two lists",
  ],
  [
    "an empty list of questions",
    { ...minimal, questions: { ...minimal.questions, test: [] } },
    "task letters: its list of test questions is empty",
  ],
  [
    "a question in both splits",
    { ...minimal, questions: { train: minimal.questions.train, test: minimal.questions.train.slice(1) } },
    'task letters: a question is in train and in test: "after b"\n  expected: splits that share nothing',
  ],
  [
    "reward and accuracy",
    { ...minimal, accuracy: () => 1, reward: () => ({ total: 1, formatOk: true, correct: true, parts: {} }) },
    "task letters: it has both `reward` and `accuracy`\n  expected: accuracy(answer, question), a part of the paper's reward, or reward(question, transcript), all of it",
  ],
  [
    "reward and bonus",
    { ...minimal, multiToolBonus: 0.1, reward: () => ({ total: 1, formatOk: true, correct: true, parts: {} }) },
    "task letters: `multiToolBonus` has no effect beside a `reward` of its own\n  to fix: leave one of them out",
  ],
  [
    "a negative bonus",
    { ...minimal, multiToolBonus: -1 },
    "task letters: multiToolBonus is -1\n  expected: a number ≥ 0; the paper's is 0.1",
  ],
  [
    "a bonus that cannot be earned",
    { ...minimal, multiToolBonus: 0.1 },
    "task letters: `multiToolBonus` can never be earned with one tool\n  to fix: leave it out",
  ],
  ["no calls", { ...minimal, limits: { calls: 0 } }, "task letters: limits.calls is 0\n  expected: a whole number ≥ 1"],
  [
    "half a turn",
    { ...minimal, limits: { turns: 1.5 } },
    "task letters: limits.turns is 1.5\n  expected: a whole number ≥ 1",
  ],
  [
    "one token",
    { ...minimal, limits: { tokens: 1 } },
    "task letters: limits.tokens is 1\n  expected: a whole number ≥ 2",
  ],
  [
    "an empty entropy window",
    { ...minimal, entropyWindow: { tokens: 0 } },
    "task letters: entropyWindow.tokens is 0\n  expected: a whole number ≥ 1",
  ],
  [
    "a negative skip",
    { ...minimal, entropyWindow: { tokens: 4, skip: -1 } },
    "task letters: entropyWindow.skip is -1\n  expected: a whole number ≥ 0",
  ],
  [
    "a vocabulary without padding",
    { ...minimal, vocabulary: words.slice(1) },
    'task letters: the first word of its vocabulary is "<think>"\n  expected: <pad>, the token of id 0',
  ],
  [
    "an empty vocabulary",
    { ...minimal, vocabulary: [] },
    'task letters: the first word of its vocabulary is ""\n  expected: <pad>, the token of id 0',
  ],
  [
    "an empty word",
    { ...minimal, vocabulary: [...words, ""] },
    `task letters: word ${words.length} of its vocabulary is ""\n  expected: a text without white space, at least one character long`,
  ],
  [
    "a word with a space",
    { ...minimal, vocabulary: [...words, "two words"] },
    `task letters: word ${words.length} of its vocabulary is "two words"\n  expected: a text without white space, at least one character long`,
  ],
  ["a word twice", { ...minimal, vocabulary: [...words, "a"] }, 'task letters: its vocabulary has "a" twice'],
  [
    "a vocabulary without tags",
    { ...minimal, vocabulary: ["<pad>", ...letters] },
    "task letters: its vocabulary lacks words of the dialect: </next> </answer> <result> </result>\n  to fix: add ...tagWords(tools)",
  ],
  [
    "a question without answers",
    { ...minimal, questions: { ...minimal.questions, train: [{ prompt: "after a", answers: [] }] } },
    "task letters: question train/0 has no accepted answer\n  to fix: give `answers` a text or a list of texts",
  ],
  [
    "a question without prompt",
    { ...bare, question: () => ({ prompt: " ", answers: "x" }) },
    "task letters: question train/0 has no prompt",
  ],
];

describe("a contradictory definition", () => {
  it.each(contradictions)("with %s is refused", (_name, definition, message) => {
    const attempt = () => defineTask(definition).question("train", 0);
    expect(attempt).toThrow(AepoError);
    expect(attempt).toThrow(expect.objectContaining({ message, kind: "config" }));
  });
});
