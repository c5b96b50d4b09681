/**
 * A session of sampling on a server: all open requests are on their way together, within the limit of the policy. What a request draws depends on its own seed, where the server honours seeds.
 */
import { setMaxListeners } from "node:events";
import type { Sample, SampleRequest, Sampler, SamplerLedger } from "../../policy/policy.ts";
import { checkSampleRequest, type RequestLimits } from "../../policy/sample-request.ts";
import { AepoError } from "../../std/errors.ts";
import type { Continuation } from "./token-continuation.ts";

export interface TokenSamplerOptions {
  readonly limits: RequestLimits;
  readonly topLogprobs: number;
  /** `next` gives what comes first, in the order of the network; else (AEPO-R10) all that is open, when all of it has ended. */
  readonly overlap: boolean;
  /** Rejects only with what ends all. */
  run(request: SampleRequest, signal: AbortSignal): Promise<Continuation>;
}

interface OpenRequest {
  readonly request: SampleRequest;
  /** Never rejects. */
  readonly work: Promise<void>;
  done: Continuation | { readonly thrown: unknown } | null;
}

export class TokenSampler implements Sampler {
  private readonly options: TokenSamplerOptions;
  private readonly stop = new AbortController();
  /** In order of submission. */
  private readonly open = new Map<string, OpenRequest>();
  private readonly counts = { sampled: 0, prefilled: 0, reused: 0 };
  private state: "open" | "waiting" | "closed" = "open";

  constructor(options: TokenSamplerOptions) {
    this.options = options;
    // Every request listens, however many there are.
    setMaxListeners(0, this.stop.signal);
  }

  get ledger(): SamplerLedger {
    return { ...this.counts };
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
      work: this.options.run(request, this.stop.signal).then(
        (found) => void (open.done = found),
        (thrown: unknown) => void (open.done = { thrown }),
      ),
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
    const works = [...this.open.values()].map(({ work }) => work);
    this.open.clear();
    this.stop.abort(new AepoError("policy", "the sampler is closed"));
    await Promise.all(works);
  }

  private async tick(): Promise<void> {
    const unfinished = (): OpenRequest[] => [...this.open.values()].filter(({ done }) => done === null);
    if (this.options.overlap) {
      const some = unfinished();
      if (some.length > 0 && some.length === this.open.size) await Promise.race(some.map(({ work }) => work));
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
      const { sample, cached } = done;
      const reused = Math.min(cached, request.ids.length);
      this.counts.sampled += sample.ids.length;
      this.counts.reused += reused;
      this.counts.prefilled += request.ids.length - reused;
      samples.push(sample);
    }
    return samples;
  }

  private check(request: SampleRequest): void {
    const { limits, topLogprobs: most } = this.options;
    checkSampleRequest(request, limits);
    const { id, topLogprobs = 0 } = request;
    if (topLogprobs <= most) return;
    throw new AepoError("policy", `request "${id}": topLogprobs ${topLogprobs}`, {
      expected: `at most ${most} of this server`,
    });
  }
}
