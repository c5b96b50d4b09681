/**
 * Whether a sampler keeps its weights while its model learns, and the model its own while an older sampler is asked. Some servers
 * have one place for both: there a run samples first and trains then, and nothing overlaps.
 */
import type { Datum, ForwardResult } from "../../../protocol/in-memory.ts";
import type { Found } from "../finding.ts";
import { drawSequences, type EngineStage } from "./remote-engine.ts";
import { datumOf, moveWeights, type TrainingCheck } from "./training-check.ts";

/** Above what half precision does to a number that is computed twice. */
const SAME = 0.02;
const RATES = [0.01, 0.1, 1];

export async function samplersFound(stage: EngineStage, { sampler, fresh }: TrainingCheck): Promise<Found> {
  const { model, signal } = stage;
  const data = fresh.map(datumOf);
  const first = await model.forward(data, { signal });
  const trained = await moved(stage, data, first);
  if (trained === null) {
    return { state: "missing", found: "not known: no step moves the weights enough to tell", values: { apart: null } };
  }
  const again = await drawSequences(sampler, stage);
  const after = await model.forward(data, { signal });
  const kept = again.every(({ tokens, logprobs }, i) => {
    const known = fresh[i];
    return tokens.every(
      (id, at) => id === known?.tokens[at] && Math.abs((logprobs[at] ?? 0) - (known.logprobs[at] ?? 0)) < SAME,
    );
  });
  const overwritten = distance(trained, after) > SAME;
  const values = { apart: kept && !overwritten };
  if (values.apart) {
    return {
      state: "works",
      found: "an older sampler keeps its weights, and the model keeps its own",
      fix: "set policy.samplersApart: true, so that sampling and training may overlap",
      values,
    };
  }
  return {
    state: "missing",
    found: overwritten
      ? "sampling an older checkpoint overwrites the weights in training"
      : "an older sampler has the new weights",
    fix: "leave policy.samplersApart at false: a run samples first and trains then",
    values,
  };
}

/** Steps of growing rate, until log-probabilities are clearly others; null if they never are. */
async function moved(stage: EngineStage, data: readonly Datum[], first: ForwardResult): Promise<ForwardResult | null> {
  for (const rate of RATES) {
    await moveWeights(stage, data, rate);
    const now = await stage.model.forward(data, { signal: stage.signal });
    if (distance(first, now) > 5 * SAME) return now;
  }
  return null;
}

function distance(a: ForwardResult, b: ForwardResult): number {
  let most = 0;
  for (const [i, { logprobs }] of a.outputs.entries()) {
    for (const [at, logprob] of logprobs.entries()) {
      most = Math.max(most, Math.abs(logprob - (b.outputs[i]?.logprobs[at] ?? Number.NaN)));
    }
  }
  return most;
}
