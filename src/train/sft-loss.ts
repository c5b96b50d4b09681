/** Negative log-likelihood of demonstrated tokens, as an expression: Σ weight · −log π. */
import { mul, neg, sum } from "../engine/ops.ts";
import type { Loss } from "../policy/loss.ts";

export const sftLoss: Loss = {
  key: "negative-log-likelihood",
  build: ({ logprobs_N, weights_N }) => neg(sum(mul(logprobs_N, weights_N), [0])),
};
