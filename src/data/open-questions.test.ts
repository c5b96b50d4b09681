import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { useHub, text } from "../models/hub/testing/tiny-repository.ts";
import { openQuestions } from "./open-questions.ts";
import type { QuestionDataInput } from "./question-options.ts";
import type { QuestionSet } from "./question-set.ts";
import { useDataFolder } from "./testing/data-files.ts";

const folder = useDataFolder();
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const rowsOf = (length: number, name = "q") =>
  range(length).map((i) => ({ question: `${name} ${i}?`, answer: `${i}` }));
const prompts = ({ questions }: QuestionSet): string[] => questions.map(({ prompt }) => prompt);
const jsonl = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

async function opened(input: QuestionDataInput, seed = 1) {
  const warnings: string[] = [];
  const data = await openQuestions(input, { seed, onWarning: (warning) => warnings.push(warning) });
  return { ...data, warnings };
}

async function failure(input: unknown): Promise<string> {
  return openQuestions(input as QuestionDataInput, { seed: 1 }).then(
    ({ train }) => `no error, but ${train.size} questions`,
    (thrown: unknown) => (thrown as Error).message.replaceAll(/\/tmp\/aepo-data-[^/]+/g, "FOLDER"),
  );
}

describe("sources", () => {
  const hub = useHub({ "main/train-00000-of-00001.jsonl": text(jsonl(rowsOf(3, "hub"))) }, "dataset");

  it("files of every format, a Hub data set and rows of a program, in one set", async () => {
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: "question", data: ["p 0?", "p 1?"], type: "STRING" },
        { name: "answer", data: [2n ** 60n, 3n], type: "INT64" },
      ],
    });
    const { train, sources } = await openQuestions(
      {
        train: [
          { file: folder.write("a.jsonl", jsonl(rowsOf(2, "a"))) },
          { file: folder.write("b.csv", 'question,answer\n"b ""0""?",7\n') },
          { file: folder.write("c.parquet", new Uint8Array(parquet)) },
          { file: "hf://datasets/tiny/llama/main/train-*" },
          {
            rows: (async function* () {
              yield* rowsOf(2, "d");
            })(),
          },
          {
            rows: () => [{ question: "e?", answer: 2n ** 60n, when: new Date(0) }],
            columns: { prompt: "question", answers: "answer", data: ["when"] },
          },
        ],
        shuffle: false,
      },
      { seed: 1, hub: hub.options() },
    );
    expect(train.size).toBe(11);
    expect(sources.map(({ name, mapping, questions }) => [name, mapping, questions])).toEqual([
      ["a.jsonl", "question-answer", 2],
      ["b.csv", "question-answer", 1],
      ["c.parquet", "question-answer", 2],
      ["tiny/llama/main/train-*", "question-answer", 3],
      ["rows", "question-answer", 2],
      ["rows", "columns", 1],
    ]);
    expect(train.questions.map(({ answers }) => answers[0])).toEqual([
      "0",
      "1",
      "7",
      "1152921504606846976",
      "3",
      "0",
      "1",
      "2",
      "0",
      "1",
      "1152921504606846976",
    ]);
    expect(train.questions.at(-1)?.data).toEqual({ when: "1970-01-01T00:00:00.000Z" });
    expect(new Set(train.questions.map(({ id }) => id)).size).toBe(11);
  });

  it("a filter and a limit", async () => {
    const rows = range(20).map((i) => ({
      question: `${i}?`,
      answer: "x",
      info: { level: i % 4 === 3 ? null : i % 4 },
      ok: i > 3,
    }));
    const taken = async (source: object): Promise<string[]> =>
      prompts((await opened({ train: [{ rows, ...source }], shuffle: false })).train);
    expect(await taken({ filter: { "info.level": 1 } })).toEqual(["1?", "5?", "9?", "13?", "17?"]);
    expect(await taken({ filter: { "info.level": [0, null], ok: true }, limit: 3 })).toEqual(["4?", "7?", "8?"]);
    expect(await failure({ train: [{ rows, filter: { level: 1 } }] })).toBe(
      "rows: none of its 20 rows passes the filter\n  found: in the first row: level nothing",
    );
  });

  it("stops where it is told to", async () => {
    const stop = new AbortController();
    const rows = async function* () {
      for (let i = 0; ; i++) {
        if (i === 10) stop.abort(new Error("enough"));
        yield { question: `${i}?`, answer: "x" };
      }
    };
    await expect(openQuestions({ train: [{ rows }] }, { seed: 1, signal: stop.signal })).rejects.toThrow("enough");
    // An endless source with a limit ends.
    const endless = async function* () {
      for (let i = 0; ; i++) yield { question: `${i}?`, answer: "x" };
    };
    expect((await opened({ train: [{ rows: endless, limit: 5 }] })).train.size).toBe(5);
  });
});

describe("what is tested on", () => {
  it("a share by hash: the same for every seed, stable when rows are added, apart from training", async () => {
    const split = { share: 0.25 };
    const small = await opened({ train: [{ rows: rowsOf(200) }], split });
    const large = await opened({ train: [{ rows: [...rowsOf(100, "new"), ...rowsOf(200).reverse()] }], split }, 7);
    const [tested, trained] = [new Set(prompts(small.test)), new Set(prompts(small.train))];
    expect(tested.size + trained.size).toBe(200);
    expect(tested.size).toBeGreaterThan(25);
    expect(
      prompts(large.test)
        .filter((prompt) => prompt.startsWith("q "))
        .sort(),
    ).toEqual([...tested].sort());
    expect(prompts(large.train).some((prompt) => tested.has(prompt))).toBe(false);
  });

  it("a share by seed: another for another seed, the same for the same", async () => {
    const split = { share: 0.5, by: "seed" as const };
    const test = async (seed: number): Promise<string[]> =>
      prompts((await opened({ train: [{ rows: rowsOf(100) }], split }, seed)).test);
    expect(await test(1)).toEqual(await test(1));
    expect(await test(1)).not.toEqual(await test(2));
  });

  it("repeats of a question are on one side, however they are written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(30), { minLength: 8, maxLength: 60 }),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        async (ids, share) => {
          const rows = ids.map((id, i) => ({
            question: i % 2 === 0 ? `Question ${id}` : ` question  ${id}`,
            answer: "x",
          }));
          const input = { train: [{ rows: rows.slice(0, 4) }, { rows: rows.slice(4) }], split: { share } };
          const data = await openQuestions(input, { seed: 1 }).catch(() => null);
          fc.pre(data !== null);
          const key = (prompt: string): string => prompt.replaceAll(/\D/g, "");
          const tested = new Set(prompts(data.test).map(key));
          expect(
            prompts(data.train)
              .map(key)
              .filter((one) => tested.has(one)),
          ).toEqual([]);
          expect(data.train.size + data.test.size).toBe(rows.length);
          expect(new Set([...data.train.questions, ...data.test.questions].map(({ id }) => id)).size).toBe(rows.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a set of its own: training questions that it has too are left out, and told", async () => {
    const { train, test, warnings } = await opened({
      train: [{ rows: rowsOf(10) }],
      test: [{ rows: [{ question: "Q  3?", answer: "3" }] }],
    });
    expect([train.size, test.size]).toEqual([9, 1]);
    expect(prompts(train)).not.toContain("q 3?");
    expect(warnings).toEqual(["rows: left out 1 training questions that the test set has too"]);
  });

  it("in the same order for every seed, sources side by side", async () => {
    const input = { train: [{ rows: rowsOf(5) }], test: [{ rows: rowsOf(4, "a") }, { rows: rowsOf(2, "b") }] };
    const order = async (seed: number): Promise<string[]> => {
      const { test } = await opened(input, seed);
      return range(6).map((i) => test.at(i).prompt);
    };
    expect(await order(1)).toEqual(await order(2));
    // Of every three questions two are of the larger source.
    expect((await order(1)).map((prompt) => prompt[0]).join("")).toBe("baabaa");
    expect((await order(1)).filter((prompt) => prompt.startsWith("a"))).toEqual(["a 0?", "a 1?", "a 2?", "a 3?"]);
  });

  it("nothing left on one side, or none asked for", async () => {
    expect(await failure({ train: [{ rows: rowsOf(1) }], split: { share: 0.5 } })).toMatch(
      /^split\.share 0\.5 leaves nothing to t(rain|est) on\n {2}found: [01] questions to train on, [01] to test on\n {2}to fix: choose another share, or name a test set$/,
    );
    expect(await failure({ train: [{ rows: rowsOf(2) }], test: [{ rows: rowsOf(3) }] })).toBe(
      "the test set has all training questions\n  to fix: train on others, or use split",
    );
    const { test } = await opened({ train: [{ rows: rowsOf(2) }] });
    expect(() => test.at(0)).toThrow(
      "there are no test questions\n  to fix: name a test set, or hold out a share of train: split: {share: 0.1}",
    );
  });
});

describe("order", () => {
  it("is that of the straight run wherever it is taken up, and another for another seed", async () => {
    const input = {
      train: [
        { rows: rowsOf(20, "a"), weight: 3 },
        { rows: rowsOf(7, "b"), weight: 1 },
      ],
    };
    const straight = await opened(input);
    const resumed = await opened(input);
    const ids = (set: QuestionSet, from: number): string[] => range(60).map((i) => set.at(from + i).id);
    for (const from of [0, 1, 19, 20, 39])
      expect(ids(resumed.train, from)).toEqual(range(60).map((i) => straight.train.at(from + i).id));
    expect(ids(straight.train, 0)).not.toEqual(ids((await opened(input, 2)).train, 0));
    expect(
      ids(straight.train, 0).filter((id) =>
        straight.train.questions.find((question) => question.id === id)?.prompt.startsWith("b"),
      ),
    ).toHaveLength(15);
  });

  it("names a repeat by its place, and tells of repeats with other answers", async () => {
    const rows = [
      { id: "x", question: "A?", answer: "1" },
      { id: "x", question: "B?", answer: "1" },
      { question: "a?", answer: "1" },
      { question: "a?", answer: "2" },
    ];
    const { train, warnings } = await opened({ train: [{ rows }], shuffle: false });
    expect(train.questions.map(({ id }) => id).slice(0, 2)).toEqual(["rows/x", "rows/x~2"]);
    expect(train.questions[3]?.id).toBe(`${train.questions[2]?.id}~2`);
    expect(warnings).toEqual([
      "2 training questions occur before in the data, 1 with other answers; they are kept, on the same side of a split",
    ]);
  });
});

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
