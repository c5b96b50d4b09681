import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../../../test/support/thrown.ts";
import { type CorpusFolder, corpusFolder, findings, lines, SETTINGS, titles } from "../testing/corpus-folder.ts";
import { headerAt } from "./index-file.ts";
import { freshIndex, openIndex } from "./open-index.ts";
import { readIndex } from "./read-index.ts";

let folder: CorpusFolder;
let root = "";
let file: CorpusFolder["file"];
beforeAll(() => {
  folder = corpusFolder();
  ({ root, file } = folder);
});
afterAll(() => folder.remove());

describe("the index of a corpus", () => {
  it("a folder of text and Markdown, below it too", async () => {
    file("folder/rome.txt", "Rome is the capital of Italy.");
    file("folder/deep/er/paris.md", "intro\n\n# Paris, city\n\nParis is the capital of France.");
    file("folder/rows.jsonl", lines({ title: "Bonn", url: "u", text: "Bonn was a capital." }));
    file("folder/photo.png", "no");
    file("folder/.hidden.txt", "capital hidden");
    const made = await freshIndex(join(root, "folder"), undefined, SETTINGS);
    expect(made).toMatchObject({
      path: join(root, "folder.search-index"),
      built: true,
      header: { documents: 3, passages: 3, files: 3 },
    });
    expect(findings(made)).toEqual({
      "files of other kinds, not read": { count: 1, first: "photo.png" },
      "hidden files and folders, not read": { count: 1, first: ".hidden.txt" },
    });
    const index = readIndex(made.path);
    expect(index.search("capital of France", 10).map(({ title, url }) => [title, url])).toEqual([
      ["Paris, city", "deep/er/paris.md"],
      ["rome", "rome.txt"],
      ["Bonn", "u"],
    ]);
    index.close();
    index.close();
  });

  it("JSONL and Parquet with columns of any name", async () => {
    const columns = { text: "contents", title: "id", url: "link" };
    const jsonl = file(
      "named.jsonl",
      lines({ id: 7, link: "a", contents: "cats and dogs" }, { id: 8, contents: "birds" }),
    );
    expect(await titles({ corpus: jsonl }, "dog", { ...SETTINGS, columns })).toEqual(["7"]);
    const parquet = file(
      "named.parquet",
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: "id", data: ["x", "y"] },
            { name: "link", data: ["", ""] },
            { name: "contents", data: ["a zebra", "a lion"] },
          ],
        }),
      ),
    );
    expect(await titles({ corpus: parquet }, "zebras", { ...SETTINGS, columns })).toEqual(["x"]);
    expect(await rejectionMessage(freshIndex(jsonl, join(root, "no"), SETTINGS))).toBe(
      'named.jsonl:1: no column "text"\n  found: "id", "link", "contents"\n  to fix: set columns.text (aepo index: --text) to one of them',
    );
    const wrong = { ...SETTINGS, columns: { text: "contents", url: "address" } };
    expect(await rejectionMessage(freshIndex(parquet, join(root, "no"), wrong))).toBe(
      'named.parquet: no column "address"\n  found: "id", "link", "contents"\n  to fix: set columns.url (aepo index: --url) to one of them',
    );
    expect(readdirSync(root).filter((name) => name.startsWith("no") || name.startsWith("."))).toEqual([]);
  });

  it("a long document in passages, found once", async () => {
    const text = Array.from({ length: 50 }, (_, i) => `Sentence number ${i} says something about topic${i}.`).join(" ");
    const corpus = file("long.jsonl", lines({ title: "long", text }, { title: "short", text: "something else" }));
    const made = await freshIndex(corpus, undefined, { ...SETTINGS, passageLength: 200 });
    expect(made.header).toMatchObject({ documents: 2, passages: 14 });
    const index = readIndex(made.path);
    const [first, ...others] = index.search("something topic33", 10);
    expect(first?.text).toContain("topic33");
    expect(others.map(({ title }) => title)).toEqual(["short"]);
    index.close();
  });

  it("takes every query as plain words", async () => {
    const corpus = file(
      "plain.jsonl",
      lines({ title: "a", text: "cats AND dogs" }, { title: "b", text: "near the title" }),
    );
    for (const query of [
      '"cats',
      "cats*",
      "cats NOT dogs",
      "title:cats",
      "NEAR(cats dogs, 3)",
      "cats'; DROP TABLE passages; --",
      "^cats -x",
    ]) {
      expect((await titles({ corpus }, query))[0]).toBe("a");
    }
    for (const query of ["", "***", '"', "\0", "\ud800"]) expect(await titles({ corpus }, query)).toEqual([]);
    expect(await titles({ corpus }, `cats ${"x ".repeat(100_000)}`)).toEqual(["a"]);
  });
});

describe("an index is made again only when its corpus or settings changed", () => {
  it("by names, sizes and times, then by bytes", async () => {
    const kept = join(root, "kept");
    const one = file("kept/one.txt", "first text");
    file("kept/two.txt", "second text");
    const again = (settings = SETTINGS): Promise<boolean> =>
      freshIndex(kept, undefined, settings).then(({ built }) => built);
    expect(await again()).toBe(true);
    expect(await again()).toBe(false);
    // Touched, or copied: the same bytes.
    utimesSync(one, 1, 1);
    expect(await again()).toBe(false);
    // Other bytes of the same size.
    writeFileSync(one, "firsT text");
    expect(await again()).toBe(true);
    file("kept/three.txt", "third");
    expect(await again()).toBe(true);
    expect(await titles({ corpus: kept }, "third")).toEqual(["three"]);
    rmSync(join(kept, "three.txt"));
    expect(await again()).toBe(true);
    expect(await titles({ corpus: kept }, "third")).toEqual([]);
    expect(await again({ ...SETTINGS, passageLength: 500 })).toBe(true);
    expect(await again({ ...SETTINGS, passageLength: 500 })).toBe(false);
  });

  it("readers of the old one go on while it is replaced, and several read at once", async () => {
    const corpus = file("shared.jsonl", lines({ title: "old", text: "cat" }));
    const first = await openIndex({ corpus }, SETTINGS);
    const second = await openIndex({ corpus }, SETTINGS);
    writeFileSync(corpus, lines({ title: "new", text: "cat" }));
    const [third, fourth] = await Promise.all([openIndex({ corpus }, SETTINGS), openIndex({ corpus }, SETTINGS)]);
    expect([first, second, third, fourth].map((index) => index.search("cat", 1)[0]?.title)).toEqual([
      "old",
      "old",
      "new",
      "new",
    ]);
    for (const index of [first, second, third, fourth]) index.close();
  });

  it("is used without its corpus where only the index is given", async () => {
    const corpus = file("gone.jsonl", lines({ title: "kept", text: "cat" }));
    const { path } = await freshIndex(corpus, join(root, "some/where/gone.index"), SETTINGS);
    rmSync(corpus);
    expect(await titles({ index: path }, "cat")).toEqual(["kept"]);
    expect(await rejectionMessage(openIndex({}, SETTINGS))).toBe(
      "a search index needs a corpus or an index\n  to fix: set corpus to a folder or a file of rows, or index to a file that aepo index has made",
    );
  });

  it("never replaces a file that is no index", async () => {
    const corpus = file("safe.jsonl", lines({ text: "cat" }));
    const precious = file("precious.txt", "my thesis");
    expect(await rejectionMessage(freshIndex(corpus, precious, SETTINGS))).toBe(
      `${precious} is no search index: file is not a database\n  to fix: make one with aepo index CORPUS --out FILE, under a name that is free`,
    );
    expect(readFileSync(precious, "utf8")).toBe("my thesis");
    expect(thrownMessage(() => readIndex(join(root, "absent")))).toContain(
      "absent is no search index: there is no such file",
    );
    expect(readdirSync(root)).not.toContain("absent");
    const { path } = await freshIndex(corpus, undefined, SETTINGS);
    const half = join(root, "half");
    copyFileSync(path, half);
    writeFileSync(half, readFileSync(path).subarray(0, Math.floor(statSync(path).size / 2)));
    expect(thrownMessage(() => readIndex(half))).toMatch(/half is no search index: .*malformed/);
  });

  it("says at once where it cannot be written", async () => {
    const corpus = file("placed.jsonl", lines({ text: "cat" }));
    const inAFile = join(corpus, "below.index");
    expect(await rejectionMessage(freshIndex(corpus, inAFile, SETTINGS))).toMatch(
      /^the search index cannot be written: (?:EEXIST|ENOTDIR): .*\n {2}to fix: give it a place that can be: search\.index in a recipe, --out of aepo index$/,
    );
  });

  it("is not there after a build that failed or was stopped", async () => {
    const corpus = file("stopped.jsonl", lines(...Array.from({ length: 5000 }, (_, i) => ({ text: `cat ${i}` }))));
    const stop = new AbortController();
    const reason = new Error("enough");
    const building = freshIndex(corpus, undefined, SETTINGS, {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    expect(await rejectionMessage(building)).toBe("enough");
    expect(readdirSync(root).filter((name) => name.includes("stopped"))).toEqual(["stopped.jsonl"]);
    expect(headerAt(`${corpus}.search-index`)).toBeNull();
  });
});
