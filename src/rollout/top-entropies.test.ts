import { expect, it } from "vitest";
import { turnEntropy } from "./entropy.ts";
import { topEntropies } from "./top-entropies.ts";

const entries = (...shares: number[]) => shares.map((share, id) => ({ id, logprob: Math.log(share) }));

it("B-AEPO: −Σ p ln p over the most likely tokens, and the sampled one where it is not among them", () => {
  // Of the distribution 1/2, 1/4, 1/8, 1/8: the top 2 give ln 2/2 + 2 ln 2/4 = ln 2; the sampled fourth adds 3 ln 2/8. The whole
  // would be 1.75 ln 2.
  const top = entries(0.5, 0.25);
  const at = (id: number, share: number) => topEntropies({ ids: [id], logprobs: [Math.log(share)], top: [top] })[0];
  expect(at(0, 0.5)).toBeCloseTo(Math.LN2, 12);
  expect(at(3, 0.125)).toBeCloseTo(1.375 * Math.LN2, 12);
  const dead = [{ id: 1, logprob: Number.NEGATIVE_INFINITY }];
  expect(topEntropies({ ids: [0], logprobs: [0], top: [[...entries(1), ...dead]] })).toEqual([0]);
});

it("B-AEPO: a step's is the sum over its window, so that a short step looks sure of itself", () => {
  const window = { entropyTokens: 20, entropySkip: 0 };
  const released = { ...window, departures: { topK: 10 } };
  const turn = (tokens: number) => {
    const values = new Array<number>(tokens).fill(0.25);
    return { entropies: values, topEntropies: values };
  };
  expect([5, 20, 30].map((tokens) => turnEntropy(turn(tokens), window))).toEqual([0.25, 0.25, 0.25]);
  expect([5, 20, 30].map((tokens) => turnEntropy(turn(tokens), released))).toEqual([1.25, 5, 5]);
  expect(turnEntropy(turn(0), released)).toBe(null);
  // The window is AEPO-H2's.
  expect(
    turnEntropy({ entropies: [], topEntropies: [1, 2, 4, 8] }, { ...released, entropyTokens: 2, entropySkip: 1 }),
  ).toBe(6);
});
