import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { useHub, text } from "../models/hub/testing/tiny-repository.ts";
import { openQuestions } from "./open-questions.ts";
import type { QuestionSet } from "./question-set.ts";
import { useDataFolder } from "./testing/data-files.ts";
import { failure, jsonl, opened, prompts, range, rowsOf } from "./testing/open-data.ts";

const folder = useDataFolder();
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
