import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../../test/support/thrown.ts";
import { type CorpusFolder, corpusFolder, findings, lines, SETTINGS, titles } from "../testing/corpus-folder.ts";
import type { IndexSettings } from "./index-settings.ts";
import { freshIndex } from "./open-index.ts";
import { readIndex } from "./read-index.ts";

const SKIP: IndexSettings = { ...SETTINGS, malformed: "skip" };

let folder: CorpusFolder;
let root = "";
let file: CorpusFolder["file"];
beforeAll(() => {
  folder = corpusFolder();
  ({ root, file } = folder);
});
afterAll(() => folder.remove());

describe("hostile corpora", () => {
  it("links are not followed, out of the folder or in it", async () => {
    const secret = file("outside/secret.txt", "the password is swordfish");
    file("linked/real.txt", "swordfish are fish");
    symlinkSync(secret, join(root, "linked/secret.txt"));
    symlinkSync(join(root, "outside"), join(root, "linked/away"));
    symlinkSync(join(root, "linked"), join(root, "linked/loop"));
    symlinkSync(join(root, "nowhere"), join(root, "linked/broken.txt"));
    const made = await freshIndex(join(root, "linked"), undefined, SETTINGS);
    expect(made.header.documents).toBe(1);
    expect(findings(made)).toEqual({
      "links out of the corpus, not followed": { count: 2, first: expect.stringMatching(/secret\.txt|away/) as string },
      "links inside the corpus, not followed": { count: 1, first: "loop" },
      "links to nothing": { count: 1, first: "broken.txt" },
    });
    expect(await titles({ corpus: join(root, "linked") }, "password swordfish")).toEqual(["real"]);
    symlinkSync(secret, join(root, "named.txt"));
    expect(await titles({ corpus: join(root, "named.txt") }, "password")).toEqual(["named"]);
  });

  it("empty documents, bytes that are no UTF-8, controls and halves of pairs", async () => {
    file("odd/empty.txt", "");
    file("odd/blank.md", " \n\t\n");
    file("odd/latin1.txt", Buffer.from("caf\xe9 cat", "latin1"));
    file("odd/zero.txt", "cat\0dog\u0007");
    const rows = Buffer.concat([
      Buffer.from(`\ufeff${lines({ text: "" }, { text: null }, { title: 5, text: "cat \ud800 half" })}`),
      Buffer.from('{"text": "cat \xff"}\n\n', "latin1"),
    ]);
    file("odd/rows.jsonl", rows);
    const made = await freshIndex(join(root, "odd"), undefined, SETTINGS);
    expect(findings(made)).toEqual({
      "empty documents": { count: 4, first: "blank.md" },
      "documents with bytes that are no UTF-8, replaced by U+FFFD": { count: 1, first: "latin1.txt" },
      "rows with bytes that are no UTF-8, replaced by U+FFFD": { count: 1, first: "rows.jsonl:4" },
    });
    expect(made.header.documents).toBe(4);
    const index = readIndex(made.path);
    expect(
      index
        .search("cat", 10)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(["caf\ufffd cat", "cat \ufffd", "cat \ufffd half", "cat\ufffddog\ufffd"]);
    index.close();
  });

  it("lines of 10 MB", async () => {
    const words = "lorem ipsum dolor ".repeat(600_000);
    const corpus = file(
      "wide.jsonl",
      lines(
        { title: "words", text: `${words} needle` },
        { title: "one word", text: "x".repeat(10_000_000) },
        { title: "small", text: "needle" },
      ),
    );
    const made = await freshIndex(corpus, undefined, SETTINGS);
    expect(made.header.documents).toBe(3);
    expect(made.header.passages).toBeGreaterThan(20_000);
    expect((await titles({ corpus }, "needle")).sort()).toEqual(["small", "words"]);
  });

  it("rows that are none: an error that says where, or skipped and counted", async () => {
    const corpus = file(
      "bad.jsonl",
      `${lines({ text: "cat" })}{"text": "broken\n[1]\n${lines({ text: 5 }, { other: "x" }, { text: "cat" })}`,
    );
    expect(await rejectionMessage(freshIndex(corpus, undefined, SETTINGS))).toBe(
      "bad.jsonl:2:17: not JSON: it ends too early",
    );
    const made = await freshIndex(corpus, undefined, SKIP);
    expect(made.header.documents).toBe(2);
    expect(findings(made)).toEqual({
      "malformed rows, skipped": { count: 4, first: "bad.jsonl:2:17: not JSON: it ends too early" },
    });
  });

  it("no corpus at all", async () => {
    mkdirSync(join(root, "nothing"));
    expect(await rejectionMessage(freshIndex(join(root, "nothing"), undefined, SETTINGS))).toBe(
      `the corpus ${join(root, "nothing")} has no documents\n  expected: a folder of .txt and .md files and files of rows, or one of them: .jsonl, .ndjson, .json, .csv, .tsv (each also .gz), .parquet, .txt or .md\n  found: an empty folder`,
    );
    expect(await rejectionMessage(freshIndex(join(root, "missing"), undefined, SETTINGS))).toContain(
      "missing cannot be read: ENOENT",
    );
    expect(await rejectionMessage(freshIndex(file("x.pdf", ""), undefined, SETTINGS))).toContain("x.pdf is no corpus");
  });
});

describe("a build that is killed", () => {
  it("leaves nothing half; the next one sweeps what it wrote", async () => {
    const corpus = file(
      "killed/corpus.jsonl",
      lines(...Array.from({ length: 20_000 }, (_, i) => ({ text: `cat number ${i}` }))),
    );
    const target = join(root, "killed/corpus.index");
    const build = `
      import { freshIndex } from ${JSON.stringify(new URL("open-index.ts", import.meta.url).href)};
      import { indexSettingsSchema } from ${JSON.stringify(new URL("index-settings.ts", import.meta.url).href)};
      const onProgress = ({ documents }) => documents === 10_000 && process.kill(process.pid, "SIGKILL");
      await freshIndex(${JSON.stringify(corpus)}, ${JSON.stringify(target)}, indexSettingsSchema.parse({}), { onProgress });
    `;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", build], { stdio: "ignore" });
    const [, killedBy] = (await once(child, "exit")) as [number | null, string | null];
    expect(killedBy).toBe("SIGKILL");
    const left = readdirSync(join(root, "killed")).filter((name) => name !== "corpus.jsonl");
    expect(left).toEqual([expect.stringMatching(/^\.writing-corpus\.index-[0-9a-f]{8}-\d+-[0-9a-f]{8}$/)]);
    expect((await freshIndex(corpus, target, SETTINGS)).header.documents).toBe(20_000);
    expect(readdirSync(join(root, "killed")).sort()).toEqual(["corpus.index", "corpus.jsonl"]);
    // A build of its own that runs is left alone.
    const other = join(root, `killed/.writing-corpus.index-${left[0]?.split("-")[2]}-${process.pid}-00000000`);
    writeFileSync(other, "");
    writeFileSync(corpus, lines({ text: "changed" }));
    expect((await freshIndex(corpus, target, SETTINGS)).built).toBe(true);
    expect(existsSync(other)).toBe(true);
  });
});
