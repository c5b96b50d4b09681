import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readChosenRollouts } from "./chosen-rollouts.ts";
import { sampleRun } from "./testing/sample-run.ts";
import { writeReport } from "./write-report.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aepo-report-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

it("writes the report of a run folder into it", () => {
  const { config, records, rollouts } = sampleRun(6);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "metrics.jsonl"), lines(records));
  writeFileSync(join(folder, "rollouts.jsonl"), lines(rollouts));
  const path = writeReport(folder);
  expect(path).toBe(join(folder, "report.html"));
  const page = readFileSync(path, "utf8");
  expect(page).toContain("<b>step 3</b>");
  expect(page).toContain("<b>step 6</b>");
});

it("reads whole records of the first, middle and last step only", () => {
  const path = join(folder, "rollouts.jsonl");
  const { rollouts } = sampleRun(9);
  const [first] = rollouts;
  // Larger than one chunk of reading, so that lines cross its border; the last line was cut by a kill.
  const many = Array.from({ length: 60 }, (_, i) => ({
    ...first,
    step: 1 + Math.floor(i / 12),
  }));
  const text = lines(many);
  expect(text.length).toBeGreaterThan(1 << 20);
  writeFileSync(path, `${text}{"step":99,"tree"`);
  const read = readChosenRollouts(path);
  expect(read).toHaveLength(36);
  expect([...new Set(read.map(({ step }) => step))]).toEqual([1, 3, 5]);
  expect(read[0]?.tree).toEqual(first?.tree);
  expect(readChosenRollouts(join(folder, "none.jsonl"))).toEqual([]);
});

it("says what is wrong with a folder that holds no run", () => {
  expect(() => writeReport(folder)).toThrow(
    `${folder} is not a run folder\n  expected: a folder with config.json and metrics.jsonl, made by aepo train\n  found: a folder without them`,
  );
  writeFileSync(join(folder, "config.json"), "{");
  expect(() => writeReport(folder)).toThrow(`${join(folder, "config.json")} is not JSON\n  found: {`);
});
