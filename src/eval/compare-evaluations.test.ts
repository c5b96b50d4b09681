import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { attempt, records, settings } from "../report/suites/testing/sample-evaluation.ts";
import type { QuestionRecord } from "./attempt-record.ts";
import { compareEvaluations } from "./compare-evaluations.ts";
import { openEvaluationFolder } from "./evaluation-folder.ts";
import type { EvaluationSettings } from "./result.ts";
import type { JsonObject } from "../std/json.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-pairs-"));
afterAll(() => rmSync(root, { recursive: true }));

const right = attempt();
const wrong = attempt({ error: "wrong answer", score: 0, correct: false });
const lost = attempt({ error: "failed", score: null, correct: false, end: "failed", reward: null });

function written(name: string, lists: readonly QuestionRecord[], changes: Partial<EvaluationSettings> = {}): string {
  const folder = join(root, name);
  const whole = { ...settings, ...changes };
  const { journal, close } = openEvaluationFolder(folder, whole as unknown as JsonObject);
  for (const record of lists) journal.append(record);
  close();
  return folder;
}

const question = (id: string, attempts: QuestionRecord["attempts"]): QuestionRecord => ({
  suite: "gaia",
  id,
  level: null,
  prompt: `question ${id}`,
  answers: ["Paris"],
  attempts,
});

it("the mean difference over the questions that both could judge, each figure with its test", () => {
  const ids = ["a", "b", "c", "d", "e"];
  const a = written("a", [...ids.map((id) => question(id, [wrong, wrong])), question("f", [right, right])]);
  const b = written("b", [...ids.map((id) => question(id, [right, wrong])), question("f", [lost, lost])]);
  const { suites } = compareEvaluations(a, b, [1, 2, 99]);
  expect(suites).toMatchObject([
    {
      suite: "gaia",
      leftOut: 1,
      figures: [
        { name: "avg", questions: 5, a: 0, b: 0.5, difference: { value: 0.5 }, p: 2 / 32, exact: true },
        { name: "pass@1", questions: 5, difference: { value: 0.5 } },
        { name: "pass@2", questions: 5, a: 0, b: 1, difference: { value: 1 } },
      ],
    },
  ]);
});

it("refuses what cannot be compared, and says why", () => {
  const a = written("one", [question("a", [right])]);
  const thrownBy = (b: string): string => {
    try {
      compareEvaluations(a, b, [1]);
    } catch (thrown) {
      return (thrown as Error).message.replaceAll(root, "ROOT");
    }
    throw new Error("it was compared");
  };
  const [suite] = settings.suites;
  if (suite === undefined) throw new Error("no suite");
  const fix =
    "\n  to fix: evaluate both on the same suites and questions (--suite, --data, --limit, --metric), finished to the end";
  const because = "these evaluations cannot be compared: ";
  expect(thrownBy(written("two", [question("a", [right]), question("b", [right])]))).toBe(
    `${because}the questions of GAIA are not the same\n  found: 0 only in ROOT/one, 1 only in ROOT/two${fix}`,
  );
  expect(thrownBy(written("three", [{ ...question("a", [right]), prompt: "another" }]))).toBe(
    `${because}question a of GAIA is not the same in both\n  found: "question a" and "another"${fix}`,
  );
  expect(thrownBy(written("four", records, { suites: [{ ...suite, name: "hle", title: "HLE" }] }))).toBe(
    `${because}they are of different suites\n  found: ROOT/one: gaia; ROOT/four: hle${fix}`,
  );
  expect(thrownBy(written("five", records, { suites: [{ ...suite, metric: "f1" }] }))).toBe(
    `${because}GAIA is scored by different metrics\n  found: exact and f1${fix}`,
  );
  writeFileSync(join(root, "file"), "");
  expect(thrownBy(join(root, "nowhere"))).toBe(
    "ROOT/nowhere is no folder of an evaluation\n  expected: a folder with eval.json and journal.jsonl, made by aepo eval --suite … --out FOLDER\n  found: no such folder",
  );
});
