/** A session of sampling on a server, within the limit of the policy. What a request draws depends on its own seed, where the server honours seeds. */
import { setMaxListeners } from "node:events";
import type { SampleRequest } from "../../policy/policy.ts";
import { checkSampleRequest, type RequestLimits } from "../../policy/sample-request.ts";
import { AepoError } from "../../std/errors.ts";
import { RequestSampler } from "../request-sampler.ts";
import type { Continuation } from "./token-continuation.ts";

export interface TokenSamplerOptions {
  readonly limits: RequestLimits;
  readonly topLogprobs: number;
  /** `next` gives what comes first, in the order of the network; else (AEPO-R10) all that is open, when all of it has ended. */
  readonly overlap: boolean;
  /** Rejects only with what ends all. */
  run(request: SampleRequest, signal: AbortSignal): Promise<Continuation>;
}

export class TokenSampler extends RequestSampler<Continuation> {
  private readonly options: TokenSamplerOptions;

  constructor(options: TokenSamplerOptions) {
    super(options.overlap);
    this.options = options;
    // Every request listens, however many there are.
    setMaxListeners(0, this.stop.signal);
  }

  /** An adapter may be unloaded once no request of it is left. */
  override async close(): Promise<void> {
    await this.drop();
  }

  protected run(request: SampleRequest): Promise<Continuation> {
    return this.options.run(request, this.stop.signal);
  }

  protected check(request: SampleRequest): void {
    const { limits, topLogprobs: most } = this.options;
    checkSampleRequest(request, limits);
    const { id, topLogprobs = 0 } = request;
    if (topLogprobs <= most) return;
    throw new AepoError("policy", `request "${id}": topLogprobs ${topLogprobs}`, {
      expected: `at most ${most} of this server`,
    });
  }
}
