import { describe, expect, it } from "vitest";
import { useDataFolder } from "./testing/data-files.ts";
import { failure, opened, prompts } from "./testing/open-data.ts";

const folder = useDataFolder();

describe("rows that cannot be read", () => {
  const lines = [
    '{"question":"a?","answer":"1"}',
    '{"question":"b?","answer":NaN}',
    '{"question":"c?","answer":null}',
    '{"question":"d?","answer":["",null," "]}',
    '{"question":" ","answer":"1"}',
    '{"question":"f?","answer":{"a":1}}',
    '{"question":"g?","answer":[["1"]]}',
    "[1]",
    '{"question":7,"answer":"1"}',
    `{"question":"j?","answer":"${"9".repeat(10 * 2 ** 20)}"}`,
    `{"question":"k?","answer":${"[".repeat(500)}1${"]".repeat(500)}}`,
    '{"question":"l?","answer":[" 1 ",2,true,"1"]}',
  ];

  it.each([
    [1, 'q.jsonl:1:27: not JSON: "NaN}" cannot stand here'],
    [
      2,
      "q.jsonl:1: no value in golden_answers or answers or answer or target or output\n  found: columns question, answer",
    ],
    [3, 'q.jsonl:1: answer is wrong\n  expected: an answer that is not empty\n  found: ["",null," "]'],
    [4, 'q.jsonl:1: question is wrong\n  expected: a question that is not empty\n  found: " "'],
    [5, 'q.jsonl:1: answer is wrong\n  expected: a text, a number or a list of them\n  found: {"a":1}'],
    [6, 'q.jsonl:1: answer[0] is wrong\n  expected: a text or a number\n  found: ["1"]'],
    [7, "q.jsonl:1: a row must be an object\n  found: [1]"],
    [8, "q.jsonl:1: question is wrong\n  expected: a text or a list of messages\n  found: 7"],
    [10, "q.jsonl:1: the JSON is nested deeper than 200"],
  ])("line %i stops, with file, row and column", async (index, message) => {
    const file = folder.write("q.jsonl", lines[index] ?? "");
    expect(await failure({ train: [{ file, mapping: "question-answer" }] })).toBe(`FOLDER/${message}`);
  });

  it("are left out and counted where the recipe says so", async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${lines.join("\n")}\n{"question":"`),
      Buffer.from([0xff]),
      Buffer.from('","answer":"1"}\n'),
    ]);
    const file = folder.write("q.jsonl", bytes);
    const { train, sources, warnings } = await opened({ train: [{ file }], onBadRow: "skip", shuffle: false });
    expect(prompts(train)).toEqual(["a?", "j?", "l?"]);
    expect(train.questions[1]?.answers[0]).toHaveLength(10 * 2 ** 20);
    expect(train.questions[2]?.answers).toEqual(["1", "2", "true"]);
    expect(sources).toMatchObject([{ questions: 3, skipped: 10 }]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^q\.jsonl: left out 10 rows that cannot be read, the first: .*q\.jsonl:2:27: not JSON: "NaN}" cannot stand here$/,
      ),
    ]);
  });

  it("all of them: that is no data", async () => {
    const file = folder.write("q.jsonl", "x\ny\n");
    expect(await failure({ train: [{ file }], onBadRow: "skip" })).toBe(
      'q.jsonl: none of 2 rows can be read, the first: FOLDER/q.jsonl:1:1: not JSON: "x" cannot stand here',
    );
    expect(await failure({ train: [{ file: folder.write("e.jsonl", "") }] })).toBe("e.jsonl: there are no rows in it");
  });

  it("a damaged file stops all the same", async () => {
    const file = folder.write("q.parquet", "PAR1 nothing");
    expect(await failure({ train: [{ file }], onBadRow: "skip" })).toMatch(
      /^FOLDER\/q\.parquet: cannot be read as Parquet/,
    );
    expect(await failure({ train: [{ file: "/nowhere/q.jsonl" }], onBadRow: "skip" })).toMatch(
      /^\/nowhere\/q\.jsonl: cannot be read: ENOENT/,
    );
  });

  it("from a program: no rows at all, or values that are no data", async () => {
    const circular: Record<string, unknown> = { question: "a?", answer: "1" };
    circular["self"] = circular;
    expect(await failure({ train: [{ rows: [circular] }] })).toBe(
      "rows, row 1: a row is data, as JSON has it: nested deeper than 200",
    );
    expect(await failure({ train: [{ rows: [7] }] })).toBe("rows, row 1: a row must be an object\n  found: 7");
    expect(
      await failure({
        train: [
          {
            rows: () => Promise.reject(new Error("the database is gone")),
          },
        ],
      }),
    ).toBe("the database is gone");
  });
});
