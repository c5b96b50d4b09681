import { afterAll, beforeAll, describe } from "vitest";
import { describePolicyConformance } from "../../policy/conformance.ts";
import { learningConformance, STEP } from "../../policy/conformance-learning.ts";
import type { TinkerClient } from "../client/tinker-client.ts";
import { type TinyRemote, tinyRemote } from "./testing/tiny-remote.ts";

let remote: TinyRemote;
let summing: TinkerClient;
let averaging: TinkerClient;
beforeAll(async () => {
  remote = await tinyRemote();
  summing = await remote.connect({ reduction: "sum" });
  averaging = await remote.connect({ reduction: "mean" });
});
afterAll(() => remote.close());

describePolicyConformance("on a server that sums", () =>
  remote.open(summing, { reduction: "sum", entropy: "surprisal" }),
);

// Sampling knows no reduction.
describe("policy conformance: on a server that averages, sequences in threes", () =>
  learningConformance(
    () => remote.open(averaging, { reduction: "mean", entropy: "surprisal", microBatch: 3, maxTokens: "exact" }),
    STEP,
  ));
