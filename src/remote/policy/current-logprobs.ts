/** Log-probabilities under the weights as they are now: one forward pass, no gradient. */
import type { Datum } from "../../protocol/in-memory.ts";
import { AepoError } from "../../std/errors.ts";
import type { RemoteModel } from "../client/tinker-client.ts";
import { microBatches } from "./micro-batches.ts";
import type { PathSequence } from "./path-sequences.ts";

/** One array a sequence, one entry a target. */
export async function currentLogprobs(
  model: Pick<RemoteModel, "forward">,
  sequences: readonly PathSequence[],
  microBatch: number,
): Promise<Float32Array[]> {
  if (sequences.length === 0) return [];
  const { data, places } = microBatches(sequences.map(scoringDatum), microBatch, (datum) => datum);
  const { outputs } = await model.forward(data);
  return sequences.map(({ targets }, i) => {
    const logprobs = outputs[places[i] ?? -1]?.logprobs ?? new Float32Array();
    if (logprobs.length === targets.length) return logprobs;
    throw new AepoError("policy", "the server answered a forward pass with another number of log-probabilities", {
      expected: `${targets.length}, one a target token`,
      exists: `${logprobs.length}`,
    });
  });
}

/** Weights change no log-probability; some servers want them. */
function scoringDatum({ tokens, targets }: PathSequence): Datum {
  return { tokens, targetTokens: targets, weights: new Float32Array(targets.length).fill(1) };
}
