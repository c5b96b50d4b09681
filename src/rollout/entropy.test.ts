import { describe, expect, it } from "vitest";
import { mean, stepEntropy } from "./entropy.ts";

describe("the entropy of a step", () => {
  const five = [1, 2, 3, 4, 5];

  it("AEPO-H2: the mean of the first entropyTokens tokens", () => {
    expect(stepEntropy(five, { entropyTokens: 2, entropySkip: 0 })).toBe(1.5);
  });

  it("AEPO-H2: after the first entropySkip", () => {
    expect(stepEntropy(five, { entropyTokens: 2, entropySkip: 3 })).toBe(4.5);
  });

  it("AEPO-H2: fewer when the step is shorter", () => {
    expect(stepEntropy(five, { entropyTokens: 20, entropySkip: 0 })).toBe(3);
    expect(stepEntropy(five, { entropyTokens: 20, entropySkip: 4 })).toBe(5);
  });

  it("AEPO-H2: a step no longer than the skip uses all its tokens", () => {
    expect(stepEntropy(five, { entropyTokens: 2, entropySkip: 5 })).toBe(3);
    expect(stepEntropy([7], { entropyTokens: 1, entropySkip: 9 })).toBe(7);
  });

  it("AEPO-H2: a step without a token has none", () => {
    expect(stepEntropy([], { entropyTokens: 2, entropySkip: 0 })).toBeNull();
  });

  it("the mean of nothing is not a number", () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBeNaN();
  });
});
