import { expect, it } from "vitest";
import fc from "fast-check";
import { sampleTree } from "./testing/sample-tree.ts";
import { layoutTree } from "./tree-layout.ts";

it("AEPO-R7: every segment stands once, on the lane that generated it", () => {
  const tree = sampleTree({ seed: 3 });
  const placed = layoutTree(tree).lanes.flatMap((lane) => lane.segments.map(({ node }) => node.id));
  expect(placed.toSorted((a, b) => a - b)).toEqual(tree.nodes.slice(1).map(({ id }) => id));
});

it("AEPO-R4: a fork starts at the end of the tool result it branched at, below its parent", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (seed) => {
      const { lanes } = layoutTree(sampleTree({ seed }));
      for (const { path, start, row, parentRow, madeBy } of lanes) {
        if (path.origin.kind === "root") {
          expect([start, parentRow, madeBy]).toEqual([0, null, null]);
          continue;
        }
        const { at, from } = path.origin;
        const parent = lanes[parentRow ?? -1];
        expect(parent?.path.id).toBe(from);
        expect(parent?.segments.find(({ node }) => node.id === at)?.end).toBe(start);
        expect(madeBy?.node).toBe(at);
        // No line crosses a lane: whatever stands between starts to the right.
        for (const between of lanes.slice((parentRow ?? 0) + 1, row))
          expect(between.start).toBeGreaterThanOrEqual(start);
      }
    }),
    { numRuns: 40 },
  );
});

it("counts time in tokens: turn, then result", () => {
  const first = layoutTree(sampleTree({ seed: 3 })).lanes[0]?.segments[0];
  expect(first).toMatchObject({
    turn: 0,
    start: 0,
    resultStart: first?.node.turn?.ids.length,
  });
  expect(first?.end).toBe((first?.node.turn?.ids.length ?? 0) + (first?.node.result?.ids.length ?? 0));
});
