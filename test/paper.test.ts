/** Every rule of the specification is cited by the code that implements it and by a test that shows it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { citations, cites, paperMarkdown, RULES } from "./support/paper.ts";
import { paperPicture } from "./support/paper-picture.ts";
import { ROOT } from "./support/sources.ts";

it("every rule is cited by code and by the name of a test", () => {
  const missing = citations()
    .filter(({ code, tests }) => code.length === 0 || tests.length === 0)
    .map(({ rule, code, tests }) => `${rule}: ${code.length} files, ${tests.length} tests`);
  expect(missing).toEqual([]);
});

it("docs/paper.md is current (npm run docs:paper)", () => {
  expect(readFileSync(join(ROOT, "docs/paper.md"), "utf8")).toBe(paperMarkdown());
});

it("the README's picture is the paper's example (npm run docs:paper)", async () => {
  expect(readFileSync(join(ROOT, "docs/paper-example.svg"), "utf8")).toBe(await paperPicture());
});

it("the list of rules is the specification's", ({ skip }) => {
  const specification = join(ROOT, "../shared/spec");
  if (!existsSync(specification)) skip("the specification is not beside this checkout");
  const ids = (file: string, pattern: RegExp): (string | undefined)[] =>
    [...readFileSync(join(specification, file), "utf8").matchAll(pattern)].map(([, id]) => id);
  // B-AEPO is the method that aepo.md describes rule by rule.
  const baselines = ids("baselines.md", /^\| (B-[A-Z]+) \|/gm).filter((id) => id !== "B-AEPO");
  const all = [...ids("aepo.md", /\*\*(AEPO-[HRLW]\d+)/g), ...baselines];
  expect([...new Set(all)].sort()).toEqual(Object.keys(RULES).sort());
});

it("a citation is exact", () => {
  expect(cites("AEPO-R10: logical time", "AEPO-R1")).toBe(false);
  expect(cites("AEPO-R3, R4 and R1", "AEPO-R1")).toBe(true);
  expect(cites("R1 without the name", "AEPO-R1")).toBe(false);
  expect(cites("B-RPPB: the baseline", "B-RPP")).toBe(false);
  expect(cites("B-RPPB, B-RPP", "B-RPP")).toBe(true);
});
