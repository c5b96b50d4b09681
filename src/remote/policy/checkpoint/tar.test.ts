import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { thrownMessage } from "../../../../test/support/thrown.ts";
import { tarFiles } from "./tar.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aepo-tar-"));
  mkdirSync(join(folder, "in", "a".repeat(90)), { recursive: true });
  writeFileSync(join(folder, "in", "short.json"), "{}");
  writeFileSync(join(folder, "in", "a".repeat(90), `${"b".repeat(120)}.bin`), Buffer.alloc(1300, 7));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As the system's tar writes it. */
function archive(format: string): Buffer {
  const out = join(folder, `${format}.tar`);
  execFileSync("tar", ["-C", folder, `--format=${format}`, "-cf", out, "in"]);
  return readFileSync(out);
}

it("finds the files of archives in the formats there are, plain or gzipped, by name", () => {
  for (const format of ["gnu", "pax"]) {
    for (const bytes of [archive(format), gzipSync(archive(format))]) {
      const files = tarFiles(bytes);
      expect([...files.keys()].sort()).toEqual([`${"b".repeat(120)}.bin`, "short.json"]);
      expect(new TextDecoder().decode(files.get("short.json"))).toBe("{}");
      expect(files.get(`${"b".repeat(120)}.bin`)).toEqual(Buffer.alloc(1300, 7));
    }
  }
});

it("refuses what is no archive, and what was cut", () => {
  const whole = archive("gnu");
  expect(thrownMessage(() => tarFiles(new Uint8Array(600).fill(65)))).toBe(
    "what the server sent is no tar archive (byte 0)",
  );
  const file = whole.subarray(0, whole.indexOf(Buffer.alloc(8, 7)) + 100);
  expect(thrownMessage(() => tarFiles(file))).toBe("the archive ends in the middle of a file");
  expect(thrownMessage(() => tarFiles(gzipSync(whole).subarray(0, 60)))).toContain("the archive does not unpack: ");
  expect(tarFiles(new Uint8Array()).size).toBe(0);
});
