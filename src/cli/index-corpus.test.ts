import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-index-command-"));
  mkdirSync(join(root, "notes"));
  writeFileSync(join(root, "notes/rome.md"), "# Rome\n\nThe capital of Italy.");
  writeFileSync(join(root, "notes/empty.txt"), "");
  writeFileSync(join(root, "rows.jsonl"), '{"contents": "a"}\n[]\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function index(...args: readonly string[]): Promise<readonly [number, string, string]> {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", main, "index", ...args], {
    env: { ...process.env, NO_COLOR: "1" },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return [code, out, err];
}

describe("aepo index", () => {
  it("makes it, says what it found, and leaves it as it is while the corpus does not change", async () => {
    const out = join(root, "notes.index");
    const notes = join(root, "notes");
    const empty = "1 empty documents (empty.txt)\n";
    expect(await index(notes, "--out", out)).toEqual([0, `${out}\n`, `${empty}1 documents, 1 passages, 2 files\n`]);
    const [code, json, said] = await index(notes, "--out", out, "--json");
    expect([code, said]).toEqual([0, `${empty}1 documents, 1 passages, 2 files: the corpus has not changed\n`]);
    expect(JSON.parse(json)).toEqual({
      path: out,
      built: false,
      files: 2,
      documents: 1,
      passages: 1,
      findings: { "empty documents": { count: 1, first: "empty.txt" } },
    });
  });

  it("says what to do about a corpus that is not as it was told", async () => {
    const rows = join(root, "rows.jsonl");
    expect(await index(rows)).toEqual([
      1,
      "",
      'aepo: rows.jsonl:1: no column "text"\n  found: "contents"\n  to fix: set columns.text (aepo index: --text) to one of them\n',
    ]);
    expect((await index(rows, "--text", "contents"))[2]).toBe(
      "aepo: rows.jsonl:2: a row must be an object\n  found: []\n",
    );
    const [code, out, err] = await index(rows, "--text", "contents", "--skip-malformed");
    expect([code, out]).toEqual([0, `${rows}.search-index\n`]);
    expect(err).toContain("1 malformed rows, skipped (rows.jsonl:2: a row must be an object)\n1 documents");
    expect(await index(rows, "--passage-length", "5")).toEqual([
      2,
      "",
      "aepo: --passage-length: Too small: expected number to be >=100\n",
    ]);
  });
});
