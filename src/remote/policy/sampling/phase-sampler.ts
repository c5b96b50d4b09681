/**
 * The sampler of a policy on a server: weights saved when it was opened, requests in the air together. Logical time (AEPO-R10): a
 * tick ends when all that is open has finished, so that what a run computes depends on no clock; with `overlap` it ends with
 * the first, and the order of results is the network's.
 */
import type { PolicyInfo, Sample, SampleRequest, Sampler, SamplerLedger } from "../../../policy/policy.ts";
import { checkSampleRequest } from "../../../policy/sample-request.ts";
import { wholeShaping } from "../../../policy/shaping.ts";
import { AepoError } from "../../../std/errors.ts";
import type { RemoteSampler } from "../../client/tinker-client.ts";
import { type Continuation, continuation, type ContinuationOptions } from "./continuation.ts";

export interface PhaseOptions extends Omit<ContinuationOptions, "signal"> {
  readonly info: PolicyInfo;
  readonly overlap: boolean;
  readonly signal?: AbortSignal;
}

interface OpenRequest {
  readonly request: SampleRequest;
  /** Never rejects: what went wrong for all is thrown by `next`. */
  readonly work: Promise<void>;
  done: Continuation | { readonly thrown: unknown } | null;
}

export class PhaseSampler implements Sampler {
  private readonly sampler: Promise<Pick<RemoteSampler, "sample">>;
  private readonly options: PhaseOptions;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  /** In order of submission. */
  private readonly open = new Map<string, OpenRequest>();
  private readonly counts = { sampled: 0, prefilled: 0, reused: 0 };
  private lumped = 0;
  /** Ends a tick that waits for the first. */
  private wake: () => void = () => {};
  private state: "open" | "waiting" | "closed" = "open";

  constructor(sampler: Promise<Pick<RemoteSampler, "sample">>, options: PhaseOptions) {
    this.sampler = sampler;
    this.options = options;
    this.signal = AbortSignal.any([this.stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    sampler.catch(() => {});
  }

  get ledger(): SamplerLedger {
    const lumped = this.counts.sampled === 0 ? null : this.lumped / this.counts.sampled;
    return { ...this.counts, ...(this.options.topK === null ? {} : { lumped }) };
  }

  submit(request: SampleRequest): void {
    if (this.state === "closed") throw new AepoError("policy", "the sampler is closed", { fix: "open another one" });
    if (this.open.has(request.id)) {
      throw new AepoError("policy", `request "${request.id}": its id is that of another open request`, {
        expected: "a unique id",
      });
    }
    this.check(request);
    const open: OpenRequest = {
      request,
      done: null,
      work: this.run(request)
        .then(
          (found) => void (open.done = found),
          (thrown: unknown) => void (open.done = { thrown }),
        )
        .then(() => this.wake()),
    };
    this.open.set(request.id, open);
  }

  async next(): Promise<readonly Sample[]> {
    if (this.state !== "open") {
      throw new AepoError("policy", `the sampler is ${this.state === "closed" ? "closed" : "already advancing"}`, {
        fix: "wait for one call of next before the next",
      });
    }
    this.state = "waiting";
    try {
      await this.tick();
      return this.finished();
    } finally {
      if (this.state === "waiting") this.state = "open";
    }
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.open.clear();
    this.wake();
    this.stop.abort(new AepoError("policy", "the sampler is closed"));
  }

  /** Until there is something to give. Requests that come in meanwhile belong to the tick. */
  private async tick(): Promise<void> {
    const unfinished = (): OpenRequest[] => [...this.open.values()].filter(({ done }) => done === null);
    if (this.options.overlap) {
      if (this.open.size > 0 && unfinished().length === this.open.size) {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
      return;
    }
    for (let some = unfinished(); some.length > 0; some = unfinished()) await Promise.all(some.map(({ work }) => work));
  }

  private finished(): Sample[] {
    const samples: Sample[] = [];
    for (const [id, { request, done }] of this.open) {
      if (done === null) continue;
      if ("thrown" in done) throw done.thrown;
      this.open.delete(id);
      this.count(request, done);
      samples.push(done.sample);
    }
    return samples;
  }

  private count({ ids }: SampleRequest, { sample, cached, lumped }: Continuation): void {
    const reused = Math.min(cached, ids.length);
    this.counts.sampled += sample.ids.length;
    this.counts.reused += reused;
    this.counts.prefilled += ids.length - reused;
    this.lumped += lumped ?? 0;
  }

  private async run(request: SampleRequest): Promise<Continuation> {
    return continuation(await this.sampler, request, { ...this.options, signal: this.signal });
  }

  private check(request: SampleRequest): void {
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
