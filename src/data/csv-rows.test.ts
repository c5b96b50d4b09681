import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRows } from "./open-rows.ts";
import { collect, useDataFolder } from "./testing/data-files.ts";

const folder = useDataFolder();
const values = async (path: string): Promise<unknown[]> => (await collect(openRows(path))).map((row) => row.values);
const read = (text: string | Uint8Array, name = "rows.csv"): Promise<unknown[]> => values(folder.write(name, text));
const failure = (text: string | Uint8Array, name = "rows.csv"): Promise<string> => {
  const path = folder.write(name, text);
  return folder.failure(() => openRows(path));
};

describe("rows of CSV", () => {
  it("quoted: delimiters, quotes, line breaks; CRLF; a byte-order mark; blank lines", async () => {
    const text = '\uFEFFa,"b,1"\r\n\r\n1,"x, ""y""\r\nz\n\n"\r\n"",\r\n 2 ,é😀';
    const path = folder.write("rows.csv", text);
    expect(await values(path)).toEqual([
      { a: "1", "b,1": 'x, "y"\r\nz\n\n' },
      { a: "", "b,1": "" },
      { a: " 2 ", "b,1": "é😀" },
    ]);
    // Where each record begins in the file.
    expect((await collect(openRows(path))).map(({ place }) => place)).toEqual(
      [3, 7, 8].map((line) => `${path}:${line}`),
    );
  });

  it.each([
    ["rows.tsv", "a\tb,c\n1\t2,3", { a: "1", "b,c": "2,3" }],
    ["rows.csv", "a;b\n1,5;2", { a: "1,5", b: "2" }],
    ["rows.csv", "a\tb\n1\t2", { a: "1", b: "2" }],
    ["rows.csv", 'a,"b;c;d"\n1,2', { a: "1", "b;c;d": "2" }],
    ["rows.csv", "only\n1;2", { only: "1;2" }],
    ["rows.csv", ",a\n0,x", { "column 1": "0", a: "x" }],
    ["rows.csv", 'a,b\nsay "no",6" pipe', { a: 'say "no"', b: '6" pipe' }],
  ])("%s: %j", async (name, text, row) => {
    expect(await read(text, name)).toEqual([row]);
  });

  it("from gzip, and none of an empty file or one with a header alone", async () => {
    expect(await read(gzipSync("a\n1\n"), "rows.csv.gz")).toEqual([{ a: "1" }]);
    expect(await read("")).toEqual([]);
    expect(await read("a,b\n")).toEqual([]);
  });

  it("of 10 MB a field", async () => {
    const long = `${"x".repeat(2 ** 20)}\n`.repeat(10);
    expect(await read(`a,b\n1,"${long}"\n`)).toEqual([{ a: "1", b: long }]);
  });

  it("come back whatever their texts hold", async () => {
    const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", "\r\n", " ", "é", ";"), maxLength: 8 });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { maxLength: 6 }), async (rows) => {
        const text = ["a,b", ...rows.map((row) => row.map(quoted).join(","))].join("\r\n");
        expect(await read(text)).toEqual(rows.map(([a, b]) => ({ a, b })));
      }),
      { numRuns: 60 },
    );
  });
});

describe("wrong CSV", () => {
  it.each([
    [
      "a,b\n1,2\n3\n",
      'rows.csv:3: 1 fields, the last one read as "a"\n  expected: 2: a, b\n  to fix: put fields with delimiters or line breaks in them in quotes',
    ],
    [
      "a,b\n1,2,3\n",
      'rows.csv:2: 3 fields, the last one read as "b"\n  expected: 2: a, b\n  to fix: put fields with delimiters or line breaks in them in quotes',
    ],
    ['a,b\n"1"x,2\n', "rows.csv:2: text behind the quote that ends field 1"],
    [
      'a,b\n1,2\n3,"4\n5,6\n',
      'rows.csv:3: b begins with a quote that never ends\n  to fix: close it, or write a quote inside a quoted field twice: ""',
    ],
    [
      'a,b\n1,2\n3,"4',
      'rows.csv:3: b begins with a quote that never ends\n  to fix: close it, or write a quote inside a quoted field twice: ""',
    ],
    ["a,b,a\n1,2,3\n", 'rows.csv:1: the column "a" is there twice'],
    ["a,b\r1,2\r", "rows.csv:1: lines end with a carriage return alone\n  to fix: write it with line feeds"],
    [Buffer.from([...Buffer.from("a\n1\n"), 0xc3, 0x28, 0x0a]), "rows.csv:3: not UTF-8"],
  ])("%j", async (text, message) => {
    expect(await failure(text)).toBe(`FOLDER/${message}`);
  });

  it("costs its row alone where rows may be left out", async () => {
    const path = folder.write("rows.csv", 'a,b\n1,2\n3\n"4"x,5\n6,7\n');
    const errors: string[] = [];
    const rows = await collect(
      openRows(path, { onBadRow: (error) => errors.push(error.message.split("\n")[0] ?? "") }),
    );
    expect(rows.map((row) => row.values)).toEqual([
      { a: "1", b: "2" },
      { a: "6", b: "7" },
    ]);
    expect(errors).toEqual([
      `${path}:3: 1 fields, the last one read as "a"`,
      `${path}:4: text behind the quote that ends field 1`,
    ]);
  });
});
