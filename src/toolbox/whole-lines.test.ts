import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLineFile } from "./append-lines.ts";
import { cutUnfinished, wholeLines } from "./whole-lines.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "aepo-lines-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("whole lines", () => {
  it("are found where they stand; a last one that was not finished is cut off before more is written", () => {
    const path = join(folder, "lines");
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.string({ unit: "grapheme" }), (given, half) => {
        const lines = given.map((line) => line.replaceAll("\n", ""));
        writeFileSync(path, lines.map((line) => `${line}\n`).join("") + half.replaceAll("\n", ""));
        const bytes = readFileSync(path);
        const found = [...wholeLines(path)];
        expect(found.map(({ text }) => text)).toEqual(lines);
        for (const { text, at, bytes: length } of found) expect(bytes.toString("utf8", at, at + length)).toBe(text);
        const file = openLineFile(path, cutUnfinished(path), "append");
        const { at, bytes: length } = file.append("é new");
        expect(file.read(at, length)).toBe("é new");
        file.close();
        expect([...wholeLines(path)].map(({ text }) => text)).toEqual([...lines, "é new"]);
      }),
      { numRuns: 30 },
    );
  });

  it("may be longer than what is read at once, and a character cut in two is no harm", () => {
    const path = join(folder, "long");
    const long = "é".repeat(2 ** 20 + 1);
    writeFileSync(path, `a${long}\n${long}\n`);
    appendFileSync(path, Buffer.from("é").subarray(0, 1));
    expect([...wholeLines(path)].map(({ text }) => text)).toEqual([`a${long}`, long]);
    const size = cutUnfinished(path);
    expect(readFileSync(path).byteLength).toBe(size);
  });

  it("of a file that is not there are none", () => {
    expect([...wholeLines(join(folder, "none"))]).toEqual([]);
    expect(cutUnfinished(join(folder, "none"))).toBe(0);
  });
});
