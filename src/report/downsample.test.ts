import { expect, it } from "vitest";
import { bucketMean, buckets } from "./downsample.ts";

it("leaves short runs alone and cuts long ones into equal buckets", () => {
  expect(buckets([1, 2, 3], 3)).toEqual([[1], [2], [3]]);
  expect(buckets([1, 2, 3, 4, 5], 2)).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(buckets([])).toEqual([]);
  const rows = Array.from({ length: 10_000 }, (_, i) => i);
  // ceil(10000 / 150) = 67 a bucket, ceil(10000 / 67) = 150 buckets.
  expect(buckets(rows)).toHaveLength(150);
  expect(buckets(rows).flat()).toEqual(rows);
});

it("means what was measured", () => {
  expect(bucketMean([1, null, 3, Number.NaN])).toBe(2);
  expect(bucketMean([null, undefined])).toBeNull();
});
