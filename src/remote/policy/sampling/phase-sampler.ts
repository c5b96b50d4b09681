/** The sampler of a policy on a server: weights saved when it was opened, requests in the air together. */
import type { PolicyInfo, SampleRequest, SamplerLedger } from "../../../policy/policy.ts";
import { checkSampleRequest } from "../../../policy/sample-request.ts";
import { wholeShaping } from "../../../policy/shaping.ts";
import { AepoError } from "../../../std/errors.ts";
import type { RemoteSampler } from "../../client/tinker-client.ts";
import { RequestSampler } from "../../request-sampler.ts";
import { type Continuation, continuation, type ContinuationOptions } from "./continuation.ts";

export interface PhaseOptions extends Omit<ContinuationOptions, "signal"> {
  readonly info: PolicyInfo;
  readonly overlap: boolean;
  readonly signal?: AbortSignal;
}

export class PhaseSampler extends RequestSampler<Continuation> {
  private readonly sampler: Promise<Pick<RemoteSampler, "sample">>;
  private readonly options: PhaseOptions;
  private readonly signal: AbortSignal;
  private lumped = 0;

  constructor(sampler: Promise<Pick<RemoteSampler, "sample">>, options: PhaseOptions) {
    super(options.overlap);
    this.sampler = sampler;
    this.options = options;
    this.signal = AbortSignal.any([this.stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    sampler.catch(() => {});
  }

  override get ledger(): SamplerLedger {
    const ledger = super.ledger;
    const lumped = ledger.sampled === 0 ? null : this.lumped / ledger.sampled;
    return { ...ledger, ...(this.options.topK === null ? {} : { lumped }) };
  }

  protected override count(request: SampleRequest, found: Continuation): void {
    super.count(request, found);
    this.lumped += found.lumped ?? 0;
  }

  protected async run(request: SampleRequest): Promise<Continuation> {
    return continuation(await this.sampler, request, { ...this.options, signal: this.signal });
  }

  protected check(request: SampleRequest): void {
    const { limits, tokenBytes, info } = this.options;
    const { id, topLogprobs = 0, shaping, temperature } = request;
    checkSampleRequest(request, {
      ...limits,
      cacheTokens: Number.POSITIVE_INFINITY,
      ...(tokenBytes === undefined ? {} : { tokenBytes }),
    });
    if (topLogprobs > info.topLogprobs) {
      throw new AepoError("policy", `request "${id}": topLogprobs ${topLogprobs}`, {
        expected: `at most ${info.topLogprobs} of this server`,
      });
    }
    if (wholeShaping(shaping, temperature) === null) return;
    throw new AepoError("policy", `request "${id}": a server of the Tinker protocol draws from the full distribution`, {
      exists: `shaping ${JSON.stringify(shaping)}`,
      fix: "leave eval.shaping out, or use the embedded engine",
    });
  }
}
