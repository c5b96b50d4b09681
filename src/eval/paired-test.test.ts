import { expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { pairedTest } from "./paired-test.ts";

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

it("counts all flips of few questions", () => {
  // Five wins of five: only all plus and all minus reach it, 2/32.
  expect(pairedTest(zeros(5), [1, 1, 1, 1, 1], 1)).toMatchObject({ p: 2 / 32, exact: true, questions: 5 });
  // Four wins, one loss (sum 3): sums of ±1 with |sum| ≥ 3: (1 + 5) · 2 = 12 of 32.
  expect(pairedTest(zeros(5), [1, 1, 1, 1, -1], 1).p).toBeCloseTo(12 / 32, 12);
  // Sum 1.4 of at most 1.6: what is flipped weighs at most 0.1, nothing or one of the two 0.1: 3 · 2 of 64 (Python's itertools agrees).
  expect(pairedTest(zeros(6), [0.3, -0.1, 0.5, 0.2, 0.4, 0.1], 1).p).toBeCloseTo(6 / 64, 12);
});

it("questions on which both are alike do not change p", () => {
  const alone = pairedTest(zeros(5), [1, 1, 1, 1, -1], 1);
  const among = pairedTest([...zeros(5), ...zeros(40)], [1, 1, 1, 1, -1, ...zeros(40)], 1);
  expect(among.p).toBe(alone.p);
  expect(among.difference.value).toBeCloseTo(3 / 45, 12);
});

it("nothing differs: p is 1, the interval is 0", () => {
  const { p, difference } = pairedTest([1, 0, 1], [1, 0, 1], 1);
  expect([p, difference.value, difference.low, difference.high]).toEqual([1, 0, 0, 0]);
});

it("draws flips of many questions, near the normal approximation, never 0", () => {
  // 60 wins, 40 losses: z = 20/10 = 2 (continuity 19/10): p between 2·Φ(−2) = 0.0455 and 2·Φ(−1.9) = 0.0574.
  const b = Array.from({ length: 100 }, (_, i) => (i < 60 ? 1 : -1));
  const { p, exact } = pairedTest(zeros(100), b, 3);
  expect(exact).toBe(false);
  expect(p).toBeGreaterThan(0.045);
  expect(p).toBeLessThan(0.064);
  expect(pairedTest(zeros(100), b, 3).p).toBe(p);
  expect(
    pairedTest(
      zeros(100),
      Array.from({ length: 100 }, () => 1),
      3,
    ).p,
  ).toBeCloseTo(1 / 20_001, 12);
});

it("swapping A and B turns the difference around and keeps p", () => {
  const random = randomStream(5, "pairs");
  const [a, b] = [zeros(12).map(() => random.uniform()), zeros(12).map(() => random.uniform())];
  const [there, back] = [pairedTest(a, b, 2), pairedTest(b, a, 2)];
  expect(back.p).toBe(there.p);
  expect(back.difference.value).toBeCloseTo(-there.difference.value, 12);
});

it("refuses what is no pair", () => {
  expect(() => pairedTest([1], [1, 2], 1)).toThrow("a paired test needs as many values of b as of a, got 1 and 2");
  expect(() => pairedTest([], [], 1)).toThrow("got 0 and 0");
});
