import { expect, it } from "vitest";
import { largest, topKEntropy } from "./top-k-entropy.ts";

const of = (probabilities: readonly number[]) => probabilities.map((p, id) => ({ id, logprob: Math.log(p) }));

it("AEPO-H4: the K largest and one bucket for the rest; a token appended because it was drawn is left out", () => {
  // −0.5·ln 0.5 − 0.25·ln 0.25 − 0.25·ln 0.25 = 1.0397 with the rest of 0.25 in one bucket.
  const likely = of([0.5, 0.25, 0.01]);
  const { entropy, lumped } = topKEntropy(likely, 2);
  expect(entropy).toBeCloseTo(1.5 * Math.LN2, 6);
  expect(lumped).toBeCloseTo(0.25, 6);
  expect(largest(likely, 2).map(({ id }) => id)).toEqual([0, 1]);
});

it("AEPO-H4: a whole distribution is its own entropy, and rounding above 1 makes no bucket", () => {
  const whole = topKEntropy(of([0.25, 0.25, 0.25, 0.25]), 20);
  expect(whole.entropy).toBeCloseTo(Math.log(4), 6);
  expect(whole.lumped).toBe(0);
  expect(topKEntropy([{ id: 0, logprob: 1e-7 }], 1).lumped).toBe(0);
});
