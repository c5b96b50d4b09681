import { expect, it } from "vitest";
import { buildTree } from "../algorithm/testing/tree-builder.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { displayWidth } from "./display-width.ts";
import { renderTree } from "./terminal-tree.ts";
import { sampleTree } from "./testing/sample-tree.ts";
import { layoutTree } from "./tree-layout.ts";

const plain = { color: false, width: 92, entropies: false };

it("shows one tree: turns, calls and results, where it branched and why, ends, the budget", () => {
  expect(renderTree(sampleTree({ seed: 8, groupSize: 3, globalRollouts: 2 }), plain)).toMatchInlineSnapshot(`
    "question  <q> Vor Zan 's mentor 's birthplace ? </q>  (atlas, train-8)
    answer    Vor Bel
    budget    m 2 of k 3 · probe H_root 0.021, mean H_tool 0.166 nat over 3 tool steps
    paths     3 of 3 right · 1 forks
    ledger    96 tokens generated, 96 shared · 6 tool calls, 7 saved

    ● path 0 · probe
    │ <think> river missing </think> <open> more </open>
    │ → open: more <result> Ren Ash : mayor Dor Mir instrument Zan Vor more </result>
    │ ◇ ΔH +0.337 (H_step 0.357, H_root 0.020) · l 0 · P 0.567 > 0.500 · went on
    │ <think> mentor is Vor Tal ; find employer </think> <search> Vor Tal </search>
    │ → search: Vor Tal <result> Vor Tal : mentor Dor Vor river Tal Ren more </result>
    │ ◇ ΔH −0.020 (H_step 0.000, H_root 0.020) · l 0 · P 0.496 ≤ 0.500 · went on
    │ <think> birthplace is Vor Bel ; done </think> <answer> Vor Bel </answer>
    ╰ ✓ right · ended by answer · reward 1.10 · accuracy 1.00 · multiTool 0.10

    ● path 1 · global
    │ <think> mentor is Ash Bel ; find birthplace </think> <search> Ash Bel </search>
    │ → search: Ash Bel (failed: timeout) <result> timeout </result>
    │ ◆ ΔH +0.135 (H_step 0.155, H_root 0.020) · l 0 · P 0.527 > 0.500 · branched, 1 left
    │   before
    ├─● path 2 · fork of path 1
    │ │ <think> birthplace missing </think> <open> more </open>
    │ │ → open: more <result> Mir Dor : river Zan Pol mentor Tal Pol more </result>
    │ │ ◇ ΔH +0.034 (H_step 0.054, H_root 0.020) · l 1 · P 0.481 ≤ 0.500 · went on
    │ │ <think> mentor is Pol Ash ; find employer </think> <search> Pol Ash </search>
    │ │ → search: Pol Ash <result> Pol Ash : employer Zan Ash instrument Kel Zan more
    │ │   </result>
    │ │ ◇ ΔH +0.335 (H_step 0.355, H_root 0.020) · l 0 · P 0.567 > 0.500 · no: budget used up
    │ │ <think> birthplace is Vor Bel ; done </think> <answer> Vor Bel </answer>
    │ ╰ ✓ right · ended by answer · reward 1.10 · accuracy 1.00 · multiTool 0.10
    │ <think> employer missing </think> <open> more </open>
    │ → open: more <result> Bel Mir : mayor Dor Ren instrument Ash Kel more </result>
    │ ◇ ΔH −0.020 (H_step 0.000, H_root 0.020) · l 1 · P 0.471 ≤ 0.500 · went on
    │ <think> birthplace is Vor Bel ; done </think> <answer> Vor Bel </answer>
    ╰ ✓ right · ended by answer · reward 1.10 · accuracy 1.00 · multiTool 0.10"
  `);
});

it("writes the entropy behind the tokens that have some", () => {
  const text = renderTree(sampleTree({ seed: 8, groupSize: 2, globalRollouts: 2 }), { ...plain, entropies: true });
  expect(text.split("\n").slice(6, 9)).toMatchInlineSnapshot(`
    [
      "● path 0 · probe",
      "│ <think> river·0.34 missing·0.02 </think> <open> more·0.12 </open>",
      "│ → open: more <result> Ren Ash : mayor Dor Mir instrument Zan Vor more </result>",
    ]
  `);
});

it("never emits control characters or escapes that a model wrote", () => {
  const hostile = "\u001b[2J\u001b]0;x\u0007\r\u0000\u009b31m\u202e\ud800";
  const poisoned = JSON.parse(JSON.stringify(sampleTree({ seed: 8 })), (key, value: unknown) =>
    typeof value === "string" && !["kind", "role", "blockedBy"].includes(key) ? `${hostile}${value}` : value,
  ) as RolloutTree;
  const text = renderTree(poisoned, plain);
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(text).not.toMatch(/\p{Cs}/u);
  expect(text).toContain("␛[2J␛]0;x␇␍␀⟨U+009B⟩31m⟨U+202E⟩⟨U+D800⟩");
});

it("paints only when asked, and changes nothing else by it", () => {
  const tree = sampleTree({ seed: 8 });
  const painted = renderTree(tree, { ...plain, color: true });
  expect(painted).toContain("\u001b[1m● path 0\u001b[22m");
  // oxlint-disable-next-line no-control-regex -- taking our own paint off
  expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(renderTree(tree, plain));
});

it("keeps to the width", () => {
  const text = renderTree(sampleTree({ seed: 3 }), {
    ...plain,
    width: 60,
    entropies: true,
  });
  for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(60);
});

it("B-TREE: a chain that grew from the question stands below the head of its tree", () => {
  const tree = buildTree({
    paths: [
      { turns: [[1], [1]], reward: 1 },
      { turns: [[1]], reward: 0, fork: { of: 0, after: 0 } },
      { turns: [[1]], reward: 0 },
    ],
  });
  const paths = tree.paths.map((path) =>
    path.id === 2 ? { ...path, root: 0, origin: { kind: "fork" as const, from: 0, at: 0 } } : path,
  );
  const heads = renderTree({ ...tree, paths }, plain).match(/.*● path.*/g);
  expect(heads).toEqual(["● path 0 · global", "├─● path 2 · fork of path 0", "├─● path 1 · fork of path 0"]);
  expect(layoutTree({ ...tree, paths }).lanes.map(({ path, start }) => [path.id, start])).toEqual([
    [0, 0],
    [1, 2],
    [2, 0],
  ]);
});
