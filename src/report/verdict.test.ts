import { expect, it } from "vitest";
import { renderTree } from "./terminal-tree.ts";
import { sampleTree } from "./testing/sample-tree.ts";
import { verdictOf } from "./verdict.ts";

const reward = { total: 0.5, formatOk: true, correct: false, parts: {} };

it("a path is right, wrong, or nobody could judge it", () => {
  expect(verdictOf({ ...reward, correct: true })).toEqual({ sign: "✓", word: "right", reward: 0.5, why: "" });
  expect(verdictOf(reward)).toEqual({ sign: "✕", word: "wrong", reward: 0.5, why: "" });
  expect(verdictOf({ ...reward, failed: "busy" })).toEqual({
    sign: "?",
    word: "not judged",
    reward: null,
    why: "busy",
  });
});

it("a tree shows why a path was not judged, and no reward of it", () => {
  const tree = sampleTree({ seed: 8, groupSize: 3, globalRollouts: 2 });
  const paths = tree.paths.map((path, i) =>
    i === 0 ? { ...path, reward: { ...reward, failed: "busy\u001b[2J" } } : path,
  );
  const text = renderTree({ ...tree, paths }, { color: false, width: 92, entropies: false });
  expect(text).toContain("╰ ? not judged · ended by answer · busy");
  expect(text).not.toContain("\u001b");
  expect(text.match(/· reward /g)).toHaveLength(2);
});
