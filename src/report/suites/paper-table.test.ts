import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SUITES } from "../../eval/suites/list.ts";
import { PAPER_MODELS } from "./paper-figures.ts";
import { paperTable } from "./paper-table.ts";
import { resultPage } from "./result-page.ts";
import { tableMarkdown } from "./result-text.ts";
import { records, result } from "./testing/sample-evaluation.ts";

it("the paper's figures stand where they are known; ours where they were run, with what makes them other figures", () => {
  const { head, rows } = paperTable(result.suites);
  expect(head).toEqual([
    "",
    "paper: Qwen3-14B",
    "paper: Qwen3-8B",
    "paper: Qwen2.5-7B",
    "paper: Llama3.1-8B",
    "this evaluation",
  ]);
  // Nothing ran at k = 5; the sample is scored by exact match.
  expect(rows.slice(0, 4)).toEqual([
    ["GAIA, pass@1", "47.6", "45.6", "", "", "58.3 (16.7 to 100.0), 2 questions, exact"],
    ["GAIA, pass@3", "", "", "", "", "75.0 (50.0 to 100.0), 2 questions, exact"],
    ["GAIA, pass@5", "65.0", "", "", "", ""],
    ["Humanity's Last Exam, pass@1", "11.2", "11.0", "", "", ""],
  ]);
  expect(rows).toHaveLength(14);
  expect(rows.at(-1)).toEqual(["GSM8K, pass@1", "", "", "92.2", "87.6", ""]);
});

it("every figure is of a suite that exists", () => {
  const names = PAPER_MODELS.flatMap(({ figures }) => Object.keys(figures));
  expect(names.filter((name) => SUITES.every((suite) => suite.name !== name))).toEqual([]);
});

it("is in the page, and, with nothing of ours, in docs/paper-setting.md", () => {
  expect(resultPage(result, records)).toContain("Beside the paper");
  expect(readFileSync("docs/paper-setting.md", "utf8")).toContain(tableMarkdown(paperTable([])).join("\n"));
});
