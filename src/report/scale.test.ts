import fc from "fast-check";
import { expect, it } from "vitest";
import { extent, linearScale, niceAxis, stepAxis } from "./scale.ts";

it("chooses round ticks", () => {
  expect(niceAxis(0, 1).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(niceAxis(0, 0.83).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(niceAxis(-0.1, 0.3).ticks).toEqual([-0.1, 0, 0.1, 0.2, 0.3]);
  expect(niceAxis(0, 6897).ticks).toEqual([0, 2000, 4000, 6000, 8000]);
});

it("opens an empty range around its value", () => {
  expect(niceAxis(0, 0)).toMatchObject({ low: -1, high: 1 });
  expect(niceAxis(5, 5).low).toBeLessThan(5);
});

it("covers any range with 2 to 8 ascending ticks", () => {
  const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      fc.pre(Math.abs(a - b) > 1e-6 * Math.max(1, Math.abs(a), Math.abs(b)));
      const { low, high, ticks } = niceAxis(Math.min(a, b), Math.max(a, b));
      const room = 1e-6 * (high - low);
      expect(low).toBeLessThanOrEqual(Math.min(a, b) + room);
      expect(high).toBeGreaterThanOrEqual(Math.max(a, b) - room);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect([...ticks].sort((x, y) => x - y)).toEqual(ticks);
    }),
  );
});

it("puts whole steps on the axis of steps", () => {
  expect(stepAxis(1, 30).ticks).toEqual([10, 20, 30]);
  expect(stepAxis(0, 3)).toEqual({ low: 0, high: 3, ticks: [0, 1, 2, 3] });
});

it("maps linearly and takes an extent of measured values only", () => {
  const x = linearScale({ low: 0, high: 10 }, 100, 200);
  expect([x(0), x(5), x(10)]).toEqual([100, 150, 200]);
  expect(extent([3, null, Number.NaN, -1, undefined])).toEqual([-1, 3]);
  expect(extent([null])).toBeNull();
});
