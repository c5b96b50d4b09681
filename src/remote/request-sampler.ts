/**
 * A sampler whose requests are in the air together, each its own call of a server. Logical time (AEPO-R10): a tick ends when all
 * that is open has finished, so that what a run computes depends on no clock; with `overlap` it ends with the first, and the
 * order of results is the network's.
 */
import type { Sample, SampleRequest, Sampler, SamplerLedger } from "../policy/policy.ts";
import { AepoError } from "../std/errors.ts";

/** What a request came to. */
export interface FoundSample {
  readonly sample: Sample;
  /** Prefix tokens that the server took from its cache. */
  readonly cached: number;
}

interface OpenRequest<Found> {
  readonly request: SampleRequest;
  /** Never rejects: what went wrong for all is thrown by `next`. */
  readonly work: Promise<void>;
  done: Found | { readonly thrown: unknown } | null;
}

export abstract class RequestSampler<Found extends FoundSample> implements Sampler {
  protected readonly stop = new AbortController();
  private readonly overlap: boolean;
  /** In order of submission. */
  private readonly open = new Map<string, OpenRequest<Found>>();
  private readonly counts = { sampled: 0, prefilled: 0, reused: 0 };
  /** Ends a tick that waits for the first. */
  private wake: () => void = () => {};
  private state: "open" | "waiting" | "closed" = "open";

  protected constructor(overlap: boolean) {
    this.overlap = overlap;
  }

  get ledger(): SamplerLedger {
    return { ...this.counts };
  }

  /** Throws if the server cannot sample it. */
  protected abstract check(request: SampleRequest): void;

  /** Rejects only with what ends all. */
  protected abstract run(request: SampleRequest): Promise<Found>;

  submit(request: SampleRequest): void {
    if (this.state === "closed") throw new AepoError("policy", "the sampler is closed", { fix: "open another one" });
    if (this.open.has(request.id)) {
      throw new AepoError("policy", `request "${request.id}": its id is that of another open request`, {
        expected: "a unique id",
      });
    }
    this.check(request);
    const open: OpenRequest<Found> = {
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
    void this.drop();
  }

  /** Ends what is open; resolves when each of it has ended. */
  protected drop(): Promise<unknown> {
    const works = [...this.open.values()].map(({ work }) => work);
    this.state = "closed";
    this.open.clear();
    this.wake();
    this.stop.abort(new AepoError("policy", "the sampler is closed"));
    return Promise.all(works);
  }

  protected count({ ids }: SampleRequest, { sample, cached }: Found): void {
    const reused = Math.min(cached, ids.length);
    this.counts.sampled += sample.ids.length;
    this.counts.reused += reused;
    this.counts.prefilled += ids.length - reused;
  }

  /** Until there is something to give. Requests that come in meanwhile belong to the tick. */
  private async tick(): Promise<void> {
    const unfinished = (): OpenRequest<Found>[] => [...this.open.values()].filter(({ done }) => done === null);
    if (this.overlap) {
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
}
