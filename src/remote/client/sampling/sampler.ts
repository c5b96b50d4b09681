/**
 * Fixed weights on the server, sampled by many at once. A request's failure is its own. Weights older than their model are not
 * sampled where the server would mix the two up.
 */
import { checkSample } from "../../../protocol/check-sample.ts";
import type { ModelLimits } from "../../../protocol/limits.ts";
import { computed } from "../calls/computed.ts";
import { postJson, requestIdOf } from "../calls/submit.ts";
import type { ClientState } from "../client-state.ts";
import { checked, TinkerFailure } from "../failure.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { HttpAnswer } from "../http/transport.ts";
import type { RemoteSample, RemoteSampler, RemoteSampleRequest, SampleOptions } from "../tinker-client.ts";
import type { OpenSamples } from "./open-samples.ts";
import { Routing } from "./routing.ts";
import { sampleBody } from "./sample-body.ts";
import { sampleResult } from "./sample-result.ts";
import { SeedRanges } from "./seed-ranges.ts";

const DOING = "asample";
/** Tells the hosted service that this client waits when it is told to. */
const TAKES_429 = { "x-tinker-sampling-backpressure": "1" };
/** How long no further sample is started after a 429 that does not say. */
const CALM_MS = 1_000;

/** What a sampler knows of the model it was saved from. */
export interface SampledModel {
  readonly id: string;
  readonly state: ClientState;
  readonly limits: ModelLimits;
  readonly samples: OpenSamples;
  readonly version: number;
}

export interface SamplerFacts {
  readonly id: string;
  readonly path: string | null;
  readonly limits: ModelLimits;
  /** Null: weights of no model of this client, which nothing here can change. */
  readonly model: SampledModel | null;
  readonly version: number;
}

export class TinkerSampler implements RemoteSampler {
  readonly id: string;
  readonly path: string | null;
  private readonly state: ClientState;
  private readonly facts: SamplerFacts;
  private readonly routing: Routing;
  private readonly seeds = new SeedRanges();

  constructor(state: ClientState, facts: SamplerFacts) {
    this.state = state;
    this.id = facts.id;
    this.path = facts.path;
    this.facts = facts;
    this.routing = new Routing(state.routesTrees);
  }

  async sample(request: RemoteSampleRequest, options: SampleOptions = {}): Promise<RemoteSample> {
    return this.state.during(options.signal, async (signal) => {
      this.refuseStale();
      checked(DOING, () => checkSample(request, this.facts.limits));
      const run = (): Promise<RemoteSample> =>
        this.seeds.during(request, () => this.state.samples.run(() => this.run(request, options.tree, signal), signal));
      return this.facts.model === null ? run() : this.facts.model.samples.during(run);
    });
  }

  private async run(
    request: RemoteSampleRequest,
    tree: string | undefined,
    signal: AbortSignal,
  ): Promise<RemoteSample> {
    const { connection, gates } = this.state;
    const gate = gates.sample;
    const ticket = await gate.enter();
    const seqId = this.routing.seqId(tree);
    let answer: HttpAnswer;
    try {
      const post = (): Promise<string> => this.post(request, seqId, signal);
      const again = (): Promise<string> => this.post(request, this.routing.seqId(tree), signal);
      const requestId = await post();
      const protobuf = connection.settings.wire !== "json";
      answer = await computed(connection, {
        doing: DOING,
        signal,
        protobuf,
        gate,
        ticket,
        requestId,
        renew: post,
        resubmit: again,
      });
    } finally {
      gate.leave(ticket);
    }
    return sampleResult(answer, request, this.facts.limits);
  }

  /** May be sent again whatever happened: a sample changes nothing. */
  private async post(request: RemoteSampleRequest, seqId: number, signal: AbortSignal): Promise<string> {
    const { connection, samples } = this.state;
    const onBusy = (answer: HttpAnswer): void => {
      if (answer.status === 429) samples.calm(retryAfterMs(answer) ?? CALM_MS);
    };
    const body = sampleBody(request, this.id, seqId);
    return requestIdOf(await postJson(connection, DOING, body, { doing: DOING, signal, onBusy }, TAKES_429), DOING);
  }

  private refuseStale(): void {
    const { model, version } = this.facts;
    if (model === null || model.version === version || this.state.connection.settings.samplersApart) return;
    throw new TinkerFailure(
      `asample: sampler ${this.id} is older than its model ${model.id}, which has been trained since`,
      {
        reason: "stale",
        expected: "a sampler of the weights as they are now: some servers load an older one over them",
        fix: "call saveForSampler again, or set samplersApart if this server keeps samplers and models apart",
      },
    );
  }
}
