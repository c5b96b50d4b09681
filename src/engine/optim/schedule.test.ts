import { describe, expect, it } from "vitest";
import { constantRate, cosineDecay, linearDecay } from "./schedule.ts";

describe("schedules over 10 steps", () => {
  it("constant", () => {
    expect([0, 5, 9].map(constantRate(0.3))).toEqual([0.3, 0.3, 0.3]);
  });

  it("rises over the first 3 steps (warmup 0.3): 1/4, 2/4, 3/4 of the peak, then all of it", () => {
    const rate = linearDecay({ peak: 8, steps: 10, warmup: 0.3, decay: 0 });
    expect([0, 1, 2, 3, 9].map(rate)).toEqual([2, 4, 6, 8, 8]);
  });

  it("falls over the last 4 steps (decay 0.4): 4/4, 3/4, 2/4, 1/4 of the peak are left", () => {
    const rate = linearDecay({ peak: 8, steps: 10, warmup: 0, decay: 0.4 });
    expect([5, 6, 7, 8, 9].map(rate)).toEqual([8, 8, 6, 4, 2]);
  });

  it("falls along a cosine: halfway down it is half the peak, near the ends it hardly moves", () => {
    const rate = cosineDecay({ peak: 8, steps: 10, warmup: 0, decay: 0.4 });
    // 4 · (1 − cos(π·3/4)) = 6.828, 4 · (1 − cos(π/2)) = 4, 4 · (1 − cos(π/4)) = 1.172.
    for (const [step, wanted] of [
      [6, 8],
      [7, 6.828],
      [8, 4],
      [9, 1.172],
    ] as const) {
      expect(rate(step)).toBeCloseTo(wanted, 3);
    }
  });
});
