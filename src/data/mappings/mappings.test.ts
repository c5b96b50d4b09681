import { describe, expect, it } from "vitest";
import type { DataQuestion } from "../question-set.ts";
import { openQuestions } from "../open-questions.ts";
import { useDataFolder } from "../testing/data-files.ts";
import { PUBLIC_ROWS } from "../testing/public-rows.ts";
import { MAPPING_NAMES, MAPPINGS } from "./list.ts";

const folder = useDataFolder();

async function first(name: string, row: unknown, mapping?: string): Promise<DataQuestion> {
  const text = typeof row === "string" ? row : JSON.stringify(row);
  const file = folder.write(name, text);
  const { train } = await openQuestions(
    { train: [{ file, ...(mapping === undefined ? {} : { mapping }) }], shuffle: false },
    { seed: 1 },
  );
  return train.at(0);
}

describe("the columns of a data set are known", () => {
  it.each(PUBLIC_ROWS)("%s", async (_, file, row, question) => {
    expect(await first(file, row)).toMatchObject(question);
  });

  it("for every mapping there is", () => {
    const known = new Set(PUBLIC_ROWS.map(([what]) => what.replace(/[,:].*| .*/g, "")));
    const names: Readonly<Record<string, string>> = { "xbench-deepsearch": "xbench", "question-answer": "any" };
    expect(MAPPING_NAMES.filter((name) => !known.has(names[name] ?? name))).toEqual([]);
    expect(MAPPINGS.filter(({ about }) => about === "")).toEqual([]);
  });

  it("under another file's name, when the recipe says which set it is", async () => {
    expect(await first("a.jsonl", { question: "How many?", answer: "4\n#### 4" }, "gsm8k")).toMatchObject({
      answers: ["4"],
      kind: "math",
    });
    // Nothing but its name tells it from others.
    expect(await first("a.jsonl", { question: "How many?", answer: "4\n#### 4" })).toMatchObject({ kind: "qa" });
  });

  it("by a name that only looks alike: not", async () => {
    for (const file of ["aftermath.jsonl", "mathematics.jsonl", "gaian.jsonl", "framesets.jsonl"]) {
      expect((await first(file, { question: "Q?", answer: "A" })).source).toBe(file.replace(".jsonl", ""));
    }
  });
});

describe("what a data set's rows may have wrong", () => {
  const failure = async (name: string, row: unknown, mapping?: string): Promise<string> =>
    first(name, row, mapping).then(
      (question) => `no error, but ${JSON.stringify(question)}`,
      (thrown: unknown) => (thrown as Error).message.replace(/^\S*\//, ""),
    );

  it.each([
    [
      "gsm8k.jsonl",
      { question: "Q?", answer: "4" },
      'gsm8k.jsonl:1: answer is wrong\n  expected: a text with #### in it\n  found: "4"',
    ],
    [
      "math.jsonl",
      { problem: "Q?", solution: "It is \\boxed{4" },
      'math.jsonl:1: solution is wrong\n  expected: a text with \\boxed{…} in it\n  found: "It is \\\\boxed{4"',
    ],
    [
      "x.jsonl",
      { Question: "Q?", Level: 1, "Final answer": "?" },
      'x.jsonl:1: Final answer is "?": the answers of this split are not public\n  to fix: use the validation split',
    ],
    [
      "x.jsonl",
      { prompt: "/w==", answer: "AA==", canary: "x" },
      "x.jsonl:1: prompt is wrong\n  expected: a text that the row's canary deciphers\n  to fix: take the file as it was published; a copy in the clear has no canary column",
    ],
    [
      "x.jsonl",
      { gold: 1, pred: 2 },
      `x.jsonl:1: nothing says which columns hold the question and its answers\n  expected: columns, or a mapping: ${MAPPING_NAMES.join(", ")}\n  found: columns gold, pred\n  to fix: say columns: {prompt: …, answers: …} for this file`,
    ],
  ])("%s %j", async (name, row, message) => {
    expect(await failure(name, row)).toBe(message);
  });

  it("a mapping that is named and does not fit", async () => {
    expect(await failure("x.jsonl", { question: "Q?", reply: "4" }, "frames")).toBe(
      "x.jsonl:1: no value in Prompt\n  found: columns question, reply",
    );
  });
});
