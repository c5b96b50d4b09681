import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { journal, readJournal } from "./journal.ts";

let path = "";
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "aepo-journal-")), "metrics.jsonl");
});
afterEach(() => rmSync(join(path, ".."), { recursive: true, force: true }));

it("appends, reads, and rewinds to a checkpoint's length", () => {
  const lines = journal<{ step: number }>(path);
  lines.append({ step: 1 });
  const length = lines.length();
  lines.append({ step: 2 });
  expect(readJournal(path)).toEqual([{ step: 1 }, { step: 2 }]);
  lines.rewind(length);
  lines.append({ step: 3 });
  expect(readJournal(path)).toEqual([{ step: 1 }, { step: 3 }]);
});

it("leaves out a last line cut by a kill", () => {
  journal(path).append({ step: 1 });
  appendFileSync(path, '{"step": 2, "rew');
  expect(readJournal(path)).toEqual([{ step: 1 }]);
});

it("says which line is broken, and when a journal is not the checkpoint's", () => {
  writeFileSync(path, '{"step": 1}\nnot json\n');
  expect(thrownMessage(() => readJournal(path))).toBe(
    `${path} line 2 is not JSON\n  found: not json\n  to fix: remove the line, or resume from a checkpoint: the file is then cut back to it`,
  );
  expect(thrownMessage(() => journal(path).rewind(99))).toBe(
    `${path} is shorter than when the checkpoint was made\n  expected: at least 99 bytes\n  found: 21 bytes\n  to fix: restore the file, or resume from an earlier checkpoint (--checkpoint NAME)`,
  );
});

it("says what to do about a folder that does not exist", () => {
  expect(thrownMessage(() => journal(join(path, "no", "where.jsonl")).append(1))).toContain("to fix: check the path");
});
