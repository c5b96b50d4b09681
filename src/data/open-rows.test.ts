import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { openRows } from "./open-rows.ts";
import { collect, useDataFolder } from "./testing/data-files.ts";

const folder = useDataFolder();
const values = async (path: string): Promise<unknown[]> => (await collect(openRows(path))).map((row) => row.values);

describe("rows of JSON", () => {
  it.each(["rows.jsonl", "rows.ndjson", "rows.json"])(
    "a line each, in %s: blank lines, CRLF and a byte-order mark",
    async (name) => {
      const path = folder.write(name, '\uFEFF{"a":1}\r\n\r\n  {"a":"é😀"}\n\n{"a":null}');
      expect(await values(path)).toEqual([{ a: 1 }, { a: "é😀" }, { a: null }]);
      expect((await collect(openRows(path))).map(({ place }) => place)).toEqual(
        [1, 3, 5].map((line) => `${path}:${line}`),
      );
    },
  );

  it("from gzip", async () => {
    const path = folder.write("rows.jsonl.gz", gzipSync('{"a":1}\n{"a":2}\n'));
    expect(await values(path)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("in a list", async () => {
    const path = folder.write("rows.json", '\n [\n {"a":1},\n{"a":2}]\n');
    expect(await values(path)).toEqual([{ a: 1 }, { a: 2 }]);
    expect((await collect(openRows(path)))[1]?.place).toBe(`${path}, row 2`);
  });

  it("of 10 MB a line", async () => {
    const long = "x".repeat(10 * 2 ** 20);
    const path = folder.write("rows.jsonl", `{"a":"${long}"}\n{"a":"${long}"}\n`);
    const rows = await collect(openRows(path));
    expect(rows.map((row) => (row.values["a"] as string).length)).toEqual([long.length, long.length]);
  });

  it("of an empty file are none", async () => {
    expect(await values(folder.write("rows.jsonl", ""))).toEqual([]);
    expect(await values(folder.write("list.json", "[]"))).toEqual([]);
  });
});

describe("wrong JSON", () => {
  it.each([
    ['{"a":1}\n{"a":}\n', 'rows.jsonl:2:6: not JSON: "}" cannot stand here'],
    ['{"a":1}\n{"a":1', "rows.jsonl:2:7: not JSON: it ends too early"],
    ['{"a":1} x', 'rows.jsonl:1:9: not JSON: "x" cannot stand here'],
    ['{"a":1}}', 'rows.jsonl:1:8: not JSON: "}" cannot stand here'],
    ["{'a':1}", "rows.jsonl:1:2: not JSON: \"'a':1}\" cannot stand here"],
    ['{"a":1,}', 'rows.jsonl:1:8: not JSON: "}" cannot stand here'],
    ['{"a":[1,2,]}', 'rows.jsonl:1:11: not JSON: "]}" cannot stand here'],
    ['{"a":NaN}', 'rows.jsonl:1:6: not JSON: "NaN}" cannot stand here'],
    ['{"a":"\t"}', 'rows.jsonl:1:6: not JSON: "\\"\\t\\"}" cannot stand here'],
    ['{"a" 1}', 'rows.jsonl:1:6: not JSON: "1}" cannot stand here'],
    ['{"a":01}', 'rows.jsonl:1:7: not JSON: "1}" cannot stand here'],
    ['{"a":"x\\q"}', 'rows.jsonl:1:6: not JSON: "\\"x\\\\q\\"}" cannot stand here'],
    ['{"a":"x', "rows.jsonl:1:8: not JSON: it ends too early"],
    [`{"a":"${"x".repeat(2 ** 20)}",}`, 'rows.jsonl:1:1048585: not JSON: "}" cannot stand here'],
    ["[1]", "rows.jsonl:1: a row must be an object\n  found: [1]"],
    ["null", "rows.jsonl:1: a row must be an object\n  found: null"],
    ['{"a":1,"\\u0061":2}', 'rows.jsonl:1: the JSON has the key "a" twice'],
    [`{"a":${"[".repeat(100_000)}`, "rows.jsonl:1: the JSON is nested deeper than 200"],
  ])("%j", async (text, message) => {
    const path = folder.write("rows.jsonl", text);
    expect(await folder.failure(() => openRows(path))).toBe(`FOLDER/${message}`);
  });

  it("in a list: line and column of the file", async () => {
    const path = folder.write("rows.json", '[\n{"a":1},\n{"a":x}]');
    expect(await folder.failure(() => openRows(path))).toBe('FOLDER/rows.json:3:6: not JSON: "x}]" cannot stand here');
  });

  it("a list of something else", async () => {
    const path = folder.write("rows.json", '[{"a":1}, 2]');
    expect(await folder.failure(() => openRows(path))).toBe(
      "FOLDER/rows.json, row 2: a row must be an object\n  found: 2",
    );
    const text = folder.write("text.json", '"a"');
    expect(await folder.failure(() => openRows(text))).toBe(
      "FOLDER/text.json: neither a list of rows nor one row a line",
    );
  });

  it("not UTF-8", async () => {
    const path = folder.write("rows.jsonl", Buffer.from([...Buffer.from('{"a":1}\n{"a":"'), 0xff, 0x22, 0x7d]));
    expect(await folder.failure(() => openRows(path))).toBe("FOLDER/rows.jsonl:2: not UTF-8");
  });

  it("gzip that is cut short, or none", async () => {
    const packed = gzipSync(`{"a":"${"x".repeat(1000)}"}`);
    const cut = folder.write("cut.jsonl.gz", packed.subarray(0, 30));
    expect(await folder.failure(() => openRows(cut))).toBe(
      "FOLDER/cut.jsonl.gz: cannot be read: unexpected end of file",
    );
    const none = folder.write("none.jsonl.gz", "{}");
    expect(await folder.failure(() => openRows(none))).toBe(
      "FOLDER/none.jsonl.gz: cannot be read: incorrect header check",
    );
  });

  it("a line that unpacks to more than fits", async () => {
    const path = folder.write("bomb.jsonl.gz", gzipSync(Buffer.alloc(257 * 2 ** 20, 32), { level: 1 }));
    expect(await folder.failure(() => openRows(path))).toBe(
      "FOLDER/bomb.jsonl.gz:1: a line of more than 268435456 bytes",
    );
  });

  it("no file, a folder, another format", async () => {
    expect(await folder.failure(() => openRows("/nowhere/rows.jsonl"))).toMatch(
      /^\/nowhere\/rows\.jsonl: cannot be read: ENOENT/,
    );
    expect(() => openRows("rows.txt")).toThrow(
      "rows.txt is of no known format\n  expected: .jsonl, .ndjson, .json, .csv, .tsv (each also .gz) or .parquet",
    );
    expect(() => openRows("rows.parquet.gz")).toThrow("rows.parquet.gz is of no known format");
  });
});

describe("rows of Parquet", () => {
  const columns = [
    { name: "text", data: ["a", "b", null], type: "STRING" as const },
    { name: "id", data: [1n, 2n ** 60n, -3n], type: "INT64" as const },
    { name: "when", data: [new Date(0), new Date(1000), new Date(2000)], type: "TIMESTAMP" as const },
  ];

  it("as JSON has them: safe integers are numbers, others keep their digits, times are ISO 8601", async () => {
    const path = folder.write("rows.parquet", new Uint8Array(parquetWriteBuffer({ columnData: columns })));
    expect(await values(path)).toEqual([
      { text: "a", id: 1, when: "1970-01-01T00:00:00.000Z" },
      { text: "b", id: "1152921504606846976", when: "1970-01-01T00:00:01.000Z" },
      { text: null, id: -3, when: "1970-01-01T00:00:02.000Z" },
    ]);
  });

  it("from several row groups, numbered through", async () => {
    const data = Array.from({ length: 25 }, (_, i) => i);
    const columnData = [{ name: "n", data, type: "INT32" as const }];
    const path = folder.write("rows.parquet", new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 10 })));
    const rows = await collect(openRows(path));
    expect(rows.map((row) => row.values["n"])).toEqual(data);
    expect(rows.at(-1)?.place).toBe(`${path}, row 25`);
  });

  it.each([0, 3, 7, 100, 1000])("that end after %i bytes say so", async (length) => {
    const whole = new Uint8Array(parquetWriteBuffer({ columnData: columns }));
    const path = folder.write("rows.parquet", whole.subarray(0, Math.min(length, whole.length - 1)));
    expect(await folder.failure(() => openRows(path))).toMatch(/^FOLDER\/rows\.parquet: cannot be read as Parquet: \S/);
  });

  it("with any byte changed are read or refused, and never crash", async () => {
    const whole = new Uint8Array(parquetWriteBuffer({ columnData: columns }));
    const outcomes = { read: 0, refused: 0 };
    for (let at = 0; at < whole.length; at += 3) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const path = folder.write("rows.parquet", changed);
      const message = await folder.failure(() => openRows(path));
      if (message.startsWith("no error")) outcomes.read++;
      else {
        expect(message).toMatch(/^FOLDER\/rows\.parquet/);
        outcomes.refused++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(20);
  });
});

const REAL = "../shared/data";
describe.skipIf(!existsSync(REAL))("the papers' files (skipped where ../shared/data is absent)", () => {
  it.each([
    ["train_10k.parquet", 10_000],
    ["hard_search_1k.parquet", 1071],
    ["valid.parquet", 180],
    ["math_pairs.jsonl", 1484],
    ["eval/gsm8k.jsonl", 1319],
  ])("%s has its %i rows", async (name, count) => {
    const rows = await collect(openRows(`${REAL}/${name}`));
    expect(rows).toHaveLength(count);
    if (name === "valid.parquet") {
      expect(rows[0]?.values["extra_info"]).toMatchObject({ index: expect.any(Number) as number });
    }
  });
});
