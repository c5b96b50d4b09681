/** The suites over the files that were published with the papers. */
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { suiteChoice } from "./list.ts";
import { readSuite } from "./read-suite.ts";
import { suiteFile } from "./suite-file.ts";

const DATA = "../shared/data/eval";
const signal = new AbortController().signal;

it.skipIf(!existsSync(DATA)).each([
  // Rows counted with wc -l; first answers read in the files.
  ["gsm8k", 1319, ["18"]],
  ["math500", 500, ["\\left( 3, \\frac{\\pi}{2} \\right)"]],
  ["aime24", 30, ["204"]],
  ["aime25", 30, ["70"]],
  ["hotpotqa", 200, ["Frank Lowy"]],
  ["2wikimultihopqa", 200, ["the five boroughs", "City of New York", "New York"]],
  ["musique", 200, ["passes over the Rio di Palazzo"]],
  ["bamboogle", 125, ["james madison"]],
])("%s of ../shared/data (skipped where it is absent)", async (name, rows, answers) => {
  const choice = suiteChoice(name);
  const file = suiteFile(choice, DATA);
  const { questions, fingerprint } = await readSuite(choice.suite, file, { limit: null, signal });
  expect(questions).toHaveLength(rows);
  expect(questions[0]?.answers.slice(0, 3)).toEqual(answers);
  expect(new Set(questions.map(({ id }) => id)).size).toBe(rows);
  const kind = choice.suite.group === "math" ? "math" : "qa";
  expect(questions.every((question) => question.kind === kind && question.answers.length > 0)).toBe(true);
  const few = await readSuite(choice.suite, file, { limit: 8, signal });
  expect(few.questions).toEqual(questions.slice(0, 8));
  expect(few.fingerprint).not.toBe(fingerprint);
});
