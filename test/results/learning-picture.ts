/** Reward and held-out Pass@1 over the steps of runs that differ in their seed, as an SVG text. */
import type { EvalRecord } from "../../src/run/records.ts";
import { linearScale } from "../../src/report/scale.ts";

export interface LearningCurve {
  readonly seed: number;
  readonly steps: readonly {
    readonly step: number;
    readonly reward: number;
    readonly correct: number;
    readonly flatGroups: number;
    readonly entropy: number;
    readonly toolCalls: number;
    readonly seconds: number;
  }[];
  readonly evaluations: readonly Pick<EvalRecord, "step" | "questions" | "samples" | "passAtK" | "formatShare">[];
}

const [WIDTH, HEIGHT] = [680, 320];
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 20, 44, 40];
const COLOURS = ["#1c7ed6", "#d9480f", "#2b8a3e", "#862e9c"];

export function learningPicture(curves: readonly LearningCurve[]): string {
  const last = Math.max(...curves.flatMap(({ steps }) => steps.map(({ step }) => step)));
  const x = linearScale({ low: 0, high: last }, LEFT, WIDTH - RIGHT);
  const y = linearScale({ low: 0, high: 1 }, HEIGHT - BOTTOM, TOP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" rx="8" fill="#ffffff"/>`,
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (value) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#e6e9ee"/>` +
        `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end" fill="#5b6472">${value}</text>`,
    ),
    ...ticks(last).map(
      (step) => `<text x="${x(step)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#5b6472">${step}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle" fill="#5b6472">step</text>`,
    ...curves.flatMap((curve, i) => drawn(curve, i, curves.length, x, y)),
    `<text x="${LEFT}" y="22" fill="#1c2330">held-out Pass@1 with 95 % intervals (points), correct share of the training rollouts (lines)</text>`,
    "</svg>\n",
  ].join("\n");
}

function drawn(
  { seed, steps, evaluations }: LearningCurve,
  index: number,
  count: number,
  x: (step: number) => number,
  y: (share: number) => number,
): string[] {
  const colour = COLOURS[index % COLOURS.length] ?? "";
  const line = steps.map(({ step, correct }) => `${round(x(step))},${round(y(correct))}`).join(" ");
  // Runs side by side, so that their intervals can be told apart.
  const aside = 6 * (index - (count - 1) / 2);
  const points = evaluations.flatMap(({ step, passAtK }) => {
    const found = passAtK.find(({ k }) => k === 1);
    if (found === undefined) return [];
    const at = round(x(step) + aside);
    return [
      `<line x1="${at}" x2="${at}" y1="${round(y(found.low))}" y2="${round(y(found.high))}" stroke="${colour}" stroke-width="2"/>`,
      `<circle cx="${at}" cy="${round(y(found.value))}" r="4.5" fill="${colour}"/>`,
    ];
  });
  return [
    `<polyline points="${line}" fill="none" stroke="${colour}" stroke-opacity="0.45" stroke-width="1.5"/>`,
    ...points,
    `<text x="${WIDTH - RIGHT}" y="${TOP - 4 + 16 * index}" text-anchor="end" fill="${colour}">seed ${seed}</text>`,
  ];
}

function ticks(last: number): number[] {
  const step = last > 20 ? 10 : last > 8 ? 5 : 1;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
