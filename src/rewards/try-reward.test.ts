import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageOf } from "../std/errors.ts";
import { exactPart, f1Part } from "./answer-parts.ts";
import { choicePart } from "./choice-part.ts";
import type { RewardPart } from "./reward-part.ts";
import { disagrees, pairsFigures, readPairs, tryReward } from "./try-reward.ts";

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "aepo-pairs-"))));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (...rows: readonly unknown[]): string => {
  const path = join(folder, "pairs.jsonl");
  writeFileSync(path, rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join(""));
  return path;
};

describe("a reward on pairs", () => {
  it("agreement, false positives and negatives are shares of all pairs with a verdict", async () => {
    const pairs = await readPairs(
      write(
        { gold: "a b", pred: "A B", verdict: true },
        { gold: "a b", pred: "a b", verdict: false },
        { gold: ["x", "y z"], pred: "y", verdict: true },
        { gold: "a", pred: "q", verdict: false, source: "own" },
      ),
    );
    const results = await tryReward(f1Part(), pairs);
    expect(pairsFigures(results)).toEqual({
      pairs: 4,
      agreement: 0.5,
      falsePositives: 0.25,
      falseNegatives: 0.25,
      verdicts: 4,
      failed: 0,
      meanScore: (1 + 1 + 2 / 3 + 0) / 4,
    });
    expect(results.filter((result) => disagrees(result)).map(({ pair }) => pair.place)).toEqual(
      [2, 3].map((line) => `${join(folder, "pairs.jsonl")}:${line}`),
    );
  });

  it("without verdicts there are scores alone", async () => {
    const results = await tryReward(
      exactPart(),
      await readPairs(write({ gold: "u", pred: "u" }, { gold: "v", pred: "u", verdict: null })),
    );
    expect(pairsFigures(results)).toMatchObject({
      pairs: 2,
      agreement: null,
      falsePositives: null,
      verdicts: 0,
      meanScore: 0.5,
    });
  });

  it("what could not be judged agrees with nothing and is no false negative", async () => {
    const broken: RewardPart = { ...exactPart(), score: () => ({ failed: "no judge" }) };
    const results = await tryReward(
      broken,
      await readPairs(write({ gold: "a", pred: "a", verdict: true }, { gold: "a", pred: "b", verdict: false })),
    );
    expect(pairsFigures(results)).toMatchObject({
      agreement: 0,
      falsePositives: 0,
      falseNegatives: 0,
      failed: 2,
      meanScore: null,
    });
  });

  it("other columns are the question's data", async () => {
    const rows = write(
      { gold: "B", pred: "Rome", verdict: true, choices: ["Paris", "Rome"] },
      { gold: "A", pred: "Rome", verdict: false, question: "?\nA. Paris\nB. Rome" },
    );
    expect(pairsFigures(await tryReward(choicePart(), await readPairs(rows)))).toMatchObject({ agreement: 1 });
  });

  it.each([
    [[{ gold: "a", pred: "b" }, { gold: "a" }], ":2: pred is wrong\n  expected: a text\n  found: nothing"],
    [[{ gold: 5, pred: "b" }], ":1: gold is wrong\n  expected: a text, or a list of texts\n  found: 5"],
    [[{ gold: [], pred: "b" }], ":1: gold is wrong\n  expected: a text, or a list of texts\n  found: []"],
    [
      [{ gold: "a", pred: "b", verdict: "yes" }],
      ':1: verdict is wrong\n  expected: true or false, or nothing\n  found: "yes"',
    ],
    [['{"gold": "a"'], ":1:13: not JSON: it ends too early"],
    [[], " holds no pairs\n  expected: rows {gold, pred[, verdict]}"],
  ])("a malformed row is named with its place and column (%#)", async (rows, message) => {
    const path = write(...rows);
    const said = await readPairs(path).then(() => null, messageOf);
    expect(said?.replace(`${path}:`, message.startsWith(" ") ? "" : ":")).toBe(message);
  });
});
