import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openQuestions } from "./open-questions.ts";
import { questionDataSchema } from "./question-options.ts";

async function read(row: Record<string, unknown>, columns: object, more: object = {}): Promise<unknown> {
  const input = { train: [{ rows: [row], columns, ...more }] };
  const { train } = await openQuestions(input as never, { seed: 1 });
  const { prompt, answers, choices, level, kind, system, data, id } = train.at(0);
  return JSON.parse(JSON.stringify({ prompt, answers, choices, level, kind, system, data, id }));
}
const failure = (row: Record<string, unknown>, columns: object): Promise<string> =>
  read(row, columns).then(
    (question) => `no error, but ${JSON.stringify(question)}`,
    (thrown: unknown) => (thrown as Error).message,
  );

describe("columns", () => {
  it("by dots into structs and lists, the first that is there, and names with dots of their own", async () => {
    const row = {
      a: { b: [{ c: "Q?" }] },
      "x.y": "1",
      x: { y: "2" },
      e: null,
      f: { g: "L" },
      n: 5,
      t: ["u"],
      o: { k: [1, null] },
    };
    expect(
      await read(row, {
        prompt: ["nothing", "a.b.0.c"],
        answers: "x.y",
        level: ["e", "f.g"],
        id: "n",
        data: { tests: "t", more: "o.k", gone: "z.z", none: "e" },
      }),
    ).toEqual({
      prompt: "Q?",
      answers: ["1"],
      level: "L",
      kind: "qa",
      id: "rows/5",
      data: { tests: ["u"], more: [1, null] },
    });
  });

  it("messages: a system prompt and the user's, or the user's alone; a system column goes before", async () => {
    const prompt = [
      { role: "system", content: "S" },
      { role: "user", content: "Q?" },
    ];
    expect(await read({ prompt, a: 1 }, { prompt: "prompt", answers: "a" })).toMatchObject({
      prompt: "Q?",
      system: "S",
    });
    expect(await read({ prompt, a: 1, s: "T" }, { prompt: "prompt", answers: "a", system: "s" })).toMatchObject({
      system: "T",
    });
    const turns = [{ from: "human", value: "Q?" }];
    expect(await read({ prompt: turns, a: 1 }, { prompt: "prompt", answers: "a" })).toMatchObject({ prompt: "Q?" });
    expect(
      await failure(
        { prompt: [...prompt, { role: "assistant", content: "A" }], a: 1 },
        { prompt: "prompt", answers: "a" },
      ),
    ).toBe(
      'rows, row 1: prompt is wrong\n  expected: messages by system and user, or by user alone\n  found: "system, user, assistant"',
    );
  });

  it.each([
    [{ column: "a" }, "one", ["one"]],
    [{ column: "a" }, "[1, 2]", ["[1, 2]"]],
    [{ column: "a", as: "json" }, '["one", 2]', ["one", "2"]],
    [{ column: "a", as: "json" }, ["one", "two"], ["one", "two"]],
    [{ column: "a", delimiter: "<|s|>" }, "one<|s|> two<|s|>", ["one", "two"]],
    [{ column: "a", after: "####" }, "x #### y #### z", ["z"]],
    [{ column: "a", boxed: true }, "\\boxed{1} \\fbox{2} \\boxed {{3}}", ["{3}"]],
    [{ column: "a", boxed: true }, "is \\boxed 4.", ["4"]],
    [{ column: "a", also: ["c", "b"] }, "one", ["one", "uno"]],
    [["z", { column: "a", boxed: true }], "\\boxed{5}", ["5"]],
  ])("answers %j of %j", async (answers, a, accepted) => {
    expect(await read({ q: "Q?", a, b: ["uno", "one"] }, { prompt: "q", answers })).toMatchObject({
      answers: accepted,
    });
  });

  it("choices are written below the question; the right one by its number or its letter", async () => {
    const row = { q: "Which?", choices: { text: ["red", "blue"] }, i: 1, k: "b" };
    const shown = { prompt: "Which?\n\nA. red\nB. blue", choices: ["red", "blue"], kind: "multiple-choice" };
    const columns = { prompt: "q", choices: "choices.text" };
    expect(await read(row, { ...columns, answers: { column: "i", as: "index" } })).toMatchObject({
      ...shown,
      answers: ["B", "blue"],
    });
    expect(await read({ ...row, i: "0" }, { ...columns, answers: { column: "i", as: "index" } })).toMatchObject({
      answers: ["A", "red"],
    });
    expect(await read(row, { ...columns, answers: "k" })).toMatchObject({ answers: ["b", "blue"] });
    expect(await failure({ ...row, i: 2 }, { ...columns, answers: { column: "i", as: "index" } })).toBe(
      "rows, row 1: i is wrong\n  expected: the number of a choice, 0 to 1\n  found: 2",
    );
    expect(await failure({ ...row, choices: { text: ["red"] } }, { ...columns, answers: "k" })).toBe(
      'rows, row 1: choices.text is wrong\n  expected: 2 to 26 choices\n  found: ["red"]',
    );
  });

  it("a kind that the recipe says", async () => {
    expect(await read({ q: "Q?", a: 1 }, { prompt: "q", answers: "a" }, { kind: "code" })).toMatchObject({
      kind: "code",
    });
  });

  it("that are not there are named", async () => {
    expect(await failure({ q: "Q?", a: { b: 1 } }, { prompt: "q", answers: ["a.c", "z"] })).toBe(
      "rows, row 1: no value in a.c or z\n  found: columns q, a",
    );
    expect(await failure({ q: "Q?", a: 1, l: [1] }, { prompt: "q", answers: "a", level: "l" })).toBe(
      "rows, row 1: l is wrong\n  expected: a text or a number\n  found: [1]",
    );
  });
});

describe("options that contradict each other, or have no effect", () => {
  const file = "a.jsonl";
  const columns = { prompt: "q", answers: "a" };
  it.each([
    [{}, "train", "Invalid input: expected array, received undefined"],
    [{ train: [] }, "train", "Too small: expected array to have >=1 items"],
    [{ train: [{}] }, "train.0.file", "is missing: where the rows come from"],
    [{ train: [{ file, rows: [] }] }, "train.0.rows", "contradicts file: give one of them"],
    [{ train: [{ file, mapping: "gsm8k", columns }] }, "train.0.columns", "contradicts mapping: give one of them"],
    [
      { train: [{ file, mapping: "gsm8" }] },
      "train.0.mapping",
      /^Invalid option: expected one of "verl"\|"gaia"\|.*\|"question-answer"$/,
    ],
    [
      { train: [{ file, weight: 1 }, { file }] },
      "train.1.weight",
      "is missing: give every source a weight, or none (each then has the share of its size)",
    ],
    [{ train: [{ file, weight: 0 }] }, "train.0.weight", "Too small: expected number to be >0"],
    [{ train: [{ file }], test: [{ file }], split: { share: 0.1 } }, "split", "contradicts test: give one of them"],
    [{ train: [{ file }], split: { share: 1 } }, "split.share", "Too big: expected number to be <1"],
    [
      { train: [{ file, columns: { ...columns, answers: { column: "a", as: "json", delimiter: ";" } } }] },
      "train.0.columns.answers.delimiter",
      "has no effect with as: json",
    ],
    [
      { train: [{ file, columns: { ...columns, answers: { column: "a", after: "x", boxed: true } } }] },
      "train.0.columns.answers.boxed",
      "contradicts after: give one of them",
    ],
    [
      { train: [{ file, columns: { ...columns, answers: { column: "a", as: "index" } } }] },
      "train.0.columns.choices",
      "is missing: answers as: index counts them",
    ],
    [{ train: [{ file }], onBadRow: "ignore" }, "onBadRow", 'Invalid option: expected one of "stop"|"skip"'],
    [{ train: [{ file, limits: 3 }] }, "train.0", 'Unrecognized key: "limits"'],
  ])("%j", (input, path, message) => {
    const issues = flat(questionDataSchema.safeParse(input).error?.issues ?? []);
    expect(issues.map((issue) => issue.path)).toContain(path);
    const found = issues.find((issue) => issue.path === path)?.message;
    if (typeof message === "string") expect(found).toBe(message);
    else expect(found).toMatch(message);
  });

  it("every option is described", () => {
    const nameless: string[] = [];
    const visit = (
      schema: { properties?: Record<string, never>; items?: never; anyOf?: never[]; description?: string },
      path: string,
    ): void => {
      for (const [key, inner] of Object.entries(schema.properties ?? {})) {
        if ((inner as { description?: string }).description === undefined) nameless.push(`${path}${key}`);
        visit(inner, `${path}${key}.`);
      }
      if (schema.items !== undefined) visit(schema.items, path);
      for (const option of schema.anyOf ?? []) visit(option, path);
    };
    visit(z.toJSONSchema(questionDataSchema, { io: "input", unrepresentable: "any" }) as never, "");
    expect(nameless.filter((path) => !["split", "curriculum"].includes(path))).toEqual([]);
  });
});

/** Of alternatives, the problems of each. */
function flat(
  issues: readonly z.core.$ZodIssue[],
  before: readonly PropertyKey[] = [],
): { path: string; message: string }[] {
  return issues.flatMap((issue) => {
    const path = [...before, ...issue.path];
    const own = { path: path.map(String).join("."), message: issue.message };
    return issue.code === "invalid_union" ? [own, ...issue.errors.flatMap((option) => flat(option, path))] : [own];
  });
}
