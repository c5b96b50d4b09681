import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aroundAll } from "../../tools/around/around-all.ts";
import { Ledger } from "../../tools/around/ledger.ts";
import { aroundOptionsSchema } from "../../tools/around/options.ts";
import { callIt, fakeTool, handClock } from "../../tools/testing/fake-tool.ts";
import { openResultFile } from "./result-file.ts";

let path = "";
beforeEach(() => void (path = join(mkdtempSync(join(tmpdir(), "aepo-cache-")), "deep", "cache.jsonl")));
afterEach(() => rmSync(join(path, "..", ".."), { recursive: true, force: true }));
const room = { entries: 10, characters: 10_000 };

describe("a cache in a file", () => {
  it("is there for the next run, and settings that differ are other results", async () => {
    const look = vi.fn(({ q }: { q: string }) => `got ${q}\n"\ud83d`);
    const run = async (scope: string): Promise<string> => {
      const store = openResultFile(path, room);
      const services = { clock: handClock(), seed: 1, ledger: new Ledger(), store, scope };
      const options = aroundOptionsSchema.parse({ cache: { file: path } });
      const [stacked = fakeTool()] = aroundAll([fakeTool(look)], options, services);
      const { text } = await callIt(stacked, "x");
      store.close();
      store.close();
      return text;
    };
    expect([await run("a"), await run("a"), await run("b")]).toEqual(new Array(3).fill(`got x\n"\ud83d`));
    expect(look).toHaveBeenCalledTimes(2);
  });

  it("survives a process that was killed while it wrote, and lines that are broken", () => {
    const store = openResultFile(path, room);
    store.set("a", "1");
    store.close();
    appendFileSync(path, '{"not": "an entry"}\nnor JSON\n["b","2"]\n["c","hal');
    const again = openResultFile(path, room);
    expect([again.get("a"), again.get("b"), again.get("c"), again.size]).toEqual(["1", "2", undefined, 2]);
    again.set("c", "3");
    again.close();
    expect(readFileSync(path, "utf8")).toBe('["a","1"]\n["b","2"]\n["c","3"]\n');
  });

  it("keeps to its bounds: what is beyond them is left out when it is next opened", () => {
    const store = openResultFile(path, { entries: 2, characters: 100 });
    for (const key of ["a", "b", "c"]) store.set(key, key);
    expect([store.get("a"), store.size]).toEqual([undefined, 2]);
    store.close();
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
    openResultFile(path, { entries: 2, characters: 100 }).close();
    expect(readFileSync(path, "utf8")).toBe('["b","b"]\n["c","c"]\n');
  });
});
