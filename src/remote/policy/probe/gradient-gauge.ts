/**
 * How large a gradient is on a throw-away model, up to a constant: by the norm that a step of rate 0 reports; on a server that
 * reports none, by how far a small step moves a log-probability. All gradients measured are multiples of one another, so
 * both are proportional to the multiple.
 */
import type { AdamParams, Datum } from "../../../protocol/in-memory.ts";
import { AepoError } from "../../../std/errors.ts";
import type { RemoteLoss, RemoteModel } from "../../client/tinker-client.ts";
import type { ProbeSequence } from "./probe-datums.ts";

/** Batches of one measurement: one request each. */
export interface Measured {
  readonly batches: readonly (readonly Datum[])[];
  readonly loss: RemoteLoss;
}

export interface GradientGauge {
  measure(measured: Measured): Promise<number>;
}

const STILL: AdamParams = {
  learningRate: 0,
  beta1: 0,
  beta2: 0,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Number.POSITIVE_INFINITY,
};

/** Null if the server reports no norm of `measured`'s gradient. */
export async function normOf(model: RemoteModel, { batches, loss }: Measured): Promise<number | null> {
  for (const data of batches) await model.forwardBackward(data, loss);
  return (await model.optimStep(STILL)).gradientNorm;
}

export function normGauge(model: RemoteModel): GradientGauge {
  return {
    async measure(measured) {
      const norm = await normOf(model, measured);
      if (norm !== null) return norm;
      throw new AepoError("policy", "the server reports a gradient norm of some steps and not of others");
    },
  };
}

/** Far above any gradient of a probe: a step is then linear in it. */
const EPSILON = 1e4;
/** Rates over epsilon that are tried; the first that moves a log-probability well above rounding is kept. */
const RATES = [1e-3, 1e-2, 1e-1, 1, 10, 100];
const VISIBLE = 1e-3;

/** `fresh` makes models that start equal: each measurement takes one. */
export class StepGauge implements GradientGauge {
  private readonly fresh: () => Promise<RemoteModel>;
  private readonly sequence: ProbeSequence;
  private rate: number | null = null;

  constructor(fresh: () => Promise<RemoteModel>, sequence: ProbeSequence) {
    this.fresh = fresh;
    this.sequence = sequence;
  }

  async measure(measured: Measured): Promise<number> {
    for (const rate of this.rate === null ? RATES : [this.rate]) {
      const moved = await this.moved(measured, rate);
      if (this.rate === null && moved < VISIBLE && rate !== RATES.at(-1)) continue;
      this.rate = rate;
      return moved;
    }
    return Number.NaN;
  }

  private async moved({ batches, loss }: Measured, rate: number): Promise<number> {
    const model = await this.fresh();
    try {
      const before = await this.last(model);
      for (const data of batches) await model.forwardBackward(data, loss);
      await model.optimStep({ ...STILL, learningRate: rate * EPSILON, epsilon: EPSILON });
      return Math.abs((await this.last(model)) - before);
    } finally {
      await model.unload();
    }
  }

  private async last(model: RemoteModel): Promise<number> {
    const { tokens, targets } = this.sequence;
    const weights = new Float32Array(targets.length).fill(1);
    const { outputs } = await model.forward([{ tokens, targetTokens: targets, weights }]);
    return outputs[0]?.logprobs.at(-1) ?? Number.NaN;
  }
}
