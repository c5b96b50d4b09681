import { expect, it } from "vitest";
import { buildTree } from "../algorithm/testing/tree-builder.ts";
import { scriptedPolicy } from "../policy/scripted.ts";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { scoreByReference } from "./reference-scores.ts";

const VOCABULARY = 16;
const logitsOf = (prefix: readonly number[]): number[] =>
  Array.from({ length: VOCABULARY }, (_, token) => ((7 * prefix.length + 3 * token) % 5) / 2);

/** log softmax(logits / 0.7) of a token behind so many others. */
function expected(before: number, token: number): number {
  const logits = logitsOf(new Array<number>(before).fill(0)).map((logit) => logit / 0.7);
  return (logits[token] ?? 0) - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
}

// A prompt of two tokens, turns of two and one with a result of one between, and a fork behind the result.
const tree = buildTree({
  paths: [
    { turns: [[0, 0], [0]], reward: 1 },
    { turns: [[0, 0]], reward: 0, fork: { of: 0, after: 0 } },
  ],
});

it("B-RPP, B-RPPB: what the reference says of the tokens the policy wrote, at the temperature of sampling", async () => {
  const reference = await scriptedPolicy({ vocabularySize: VOCABULARY, logits: logitsOf }).snapshot();
  const scores = await scoreByReference(reference, [tree], 0.7);
  const found = tree.paths.map((path) => [...scores.reference(tree, path)]);
  const written = [
    [expected(2, 10), expected(3, 11), expected(5, 10)],
    [expected(2, 10), expected(3, 11), expected(5, 10), expected(6, 11)],
  ];
  expect(found.map(({ length }) => length)).toEqual([3, 4]);
  for (const [i, x] of found.flat().entries()) expect(x).toBeCloseTo(written.flat()[i] ?? Number.NaN, 5);
});

it("without a reference nothing is scored, and asking for a score names the need", async () => {
  const scores = await scoreByReference(null, [tree], 1);
  expect(await rejectionMessage((async () => tree.paths.map((path) => scores.reference(tree, path)))())).toBe(
    'path 0 was not scored by a reference policy\n  to fix: declare the need: needs: ["reference"]',
  );
});
