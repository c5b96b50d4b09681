import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { firstMissing, makeFolder } from "./make-folder.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("makes what is missing above it, and minds nothing that is there", () => {
  const path = join(root, "a", "b", "c");
  makeFolder(path);
  makeFolder(path);
  expect(existsSync(path)).toBe(true);
});

it("knows which folder is the first that is missing", () => {
  expect(firstMissing(join(root, "x", "y", "z"))).toBe(join(root, "x"));
  expect(firstMissing(join(root, "x"))).toBe(join(root, "x"));
});

it("says what stands in the way", () => {
  writeFileSync(join(root, "file"), "");
  expect(() => makeFolder(join(root, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(root, "file", "run"))).toThrow("ENOTDIR");
});
