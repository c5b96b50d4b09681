import { expect, it } from "vitest";
import { compact } from "./figure-format.ts";
import { countChart, histogramChart } from "./bar-chart.ts";
import { type ChartSeries, lineChart } from "./svg-chart.ts";

function chart(series: readonly Partial<ChartSeries>[], x: readonly number[]): string | undefined {
  return lineChart({
    label: "test",
    x,
    names: x.map((step) => `step ${step}`),
    series: series.map((one) => ({ name: "a", colour: 1, values: [], ...one })),
    floor: 0,
    format: compact,
  })?.markup;
}

it("draws a line with a gap where nothing was measured", () => {
  const svg = chart([{ values: [1, 2, null, 4, 3] }], [1, 2, 3, 4, 5]) ?? "";
  const line = /class="line" d="([^"]*)"/.exec(svg)?.[1] ?? "";
  // Two runs of two points: M L M L. The frame is 380 wide, 46 left and 12 right of the plot: x(1) = 46, x(5) = 368.
  expect(line.replace(/[^ML]/g, "")).toBe("MLML");
  expect(line.startsWith("M46 ")).toBe(true);
  expect(line).toContain("L368 ");
});

it("shows a single point as a dot and its interval as a whisker", () => {
  const svg = chart([{ values: [0.5], band: [[0.4, 0.6]] }], [7]) ?? "";
  expect(svg).toContain('class="dot"');
  expect(svg).toContain('class="whisker"');
  expect(svg).not.toContain('class="line"');
  expect(svg).toContain("step 7\na: 0.5 (0.4 to 0.6)");
});

it("is null when there is nothing to draw, and never writes NaN", () => {
  expect(chart([{ values: [null, Number.NaN] }], [1, 2])).toBeUndefined();
  expect(chart([], [])).toBeUndefined();
  expect(chart([{ values: [1, Number.NaN, 0] }, { values: [null, null, null] }], [1, 2, 3])).not.toMatch(
    /NaN|undefined|Infinity/,
  );
});

it("draws a bar for every filled cell of a histogram and marks a threshold", () => {
  const bars = {
    label: "test",
    colour: 1,
    format: compact,
    mark: { at: 0.5, name: "τ" },
  } as const;
  const svg = histogramChart({ edges: [0, 0.25, 0.5, 0.75, 1], counts: [3, 0, 2, 1] }, bars)?.markup ?? "";
  expect(svg.match(/class="bar hit"/g)).toHaveLength(3);
  expect(svg).toContain(">τ</text>");
  expect(histogramChart({ edges: [0, 1], counts: [0] }, bars)).toBeNull();
  expect(histogramChart(null, bars)).toBeNull();
  expect(countChart([], 1, bars)).toBeNull();
});
