import { expect, it } from "vitest";
import { cutText, textLimit } from "./cut-text.ts";
import { attempt, records } from "./testing/sample-evaluation.ts";

it("texts that fit stay as they are; others lose their middle and say so", () => {
  expect(cutText("abc", 3)).toBe("abc");
  const cut = cutText(`start${"x".repeat(5000)}end`, 1000);
  expect(cut.startsWith("start")).toBe(true);
  expect(cut.endsWith("end")).toBe(true);
  // 5008 characters, of which 700 and 200 stay.
  expect(cut).toContain("\n[… 4,108 characters: journal.jsonl has them …]\n");
  expect(cut.length).toBeLessThan(1000);
});

it("the more texts, the shorter, so that the page stays below what a string can be", () => {
  expect(textLimit(records)).toBe(20_000);
  const turns = Array.from({ length: 20 }, () => ({ text: "", result: null }));
  const record = { ...records[0], attempts: Array.from({ length: 5 }, () => attempt({ turns })) };
  const many = Array.from({ length: 2500 }, () => record) as typeof records;
  const limit = textLimit(many);
  expect(limit).toBeLessThan(500);
  // 2,500 questions × 5 attempts × 20 turns × 2 texts.
  expect(limit * 500_000).toBeLessThan(2 ** 28);
});
