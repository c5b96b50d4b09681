/** One adapter on the server. What order and repetition mean is in `submit-order.ts` and `pass.ts`; here each call is what it sends. */
import { checkAdam } from "../../../protocol/check-adam.ts";
import { checkDatums } from "../../../protocol/check-datums.ts";
import { checkLoss } from "../../../protocol/check-loss.ts";
import type { AdamParams, Datum, ForwardResult } from "../../../protocol/in-memory.ts";
import type { ModelLimits } from "../../../protocol/limits.ts";
import { untilAborted } from "../../../std/until-aborted.ts";
import { withSignals } from "../calls/linked-signal.ts";
import type { ClientState } from "../client-state.ts";
import { checked, TinkerFailure } from "../failure.ts";
import { OpenSamples } from "../sampling/open-samples.ts";
import type {
  CallOptions,
  ForwardOptions,
  LoadOptions,
  OptimResult,
  RemoteLoss,
  RemoteModel,
  RemoteSampler,
  SaveForSamplerOptions,
} from "../tinker-client.ts";
import { combineChunks, cutChunks } from "./chunks.ts";
import { saveForSampler } from "./save-for-sampler.ts";
import { loadWeights, saveWeights } from "./save-weights.ts";
import { optimStep } from "./optim-step.ts";
import { runPass } from "./pass.ts";
import type { Pass } from "./pass-request.ts";
import { SubmitOrder } from "./submit-order.ts";
import { unloadModel } from "./unload.ts";

export interface ModelFacts {
  readonly id: string;
  readonly baseModel: string;
  readonly rank: number;
  readonly limits: ModelLimits;
}

export class TinkerModel implements RemoteModel {
  readonly id: string;
  readonly baseModel: string;
  readonly rank: number;
  readonly limits: ModelLimits;
  readonly state: ClientState;
  readonly order = new SubmitOrder();
  /** Open samples of this model's samplers. */
  readonly samples = new OpenSamples();
  /** Versions of the sampler weights saved under a path. */
  readonly saved = new Map<string, number>();
  /** Calls made so far that change the weights: a sampler of an earlier version is stale. */
  version = 0;
  private calls = 0;
  private unloading: Promise<void> | undefined;

  constructor(state: ClientState, { id, baseModel, rank, limits }: ModelFacts) {
    this.state = state;
    this.id = id;
    this.baseModel = baseModel;
    this.rank = rank;
    this.limits = limits;
  }

  async forward(data: readonly Datum[], options: ForwardOptions = {}): Promise<ForwardResult> {
    return this.pass("forward", data, options.loss ?? { name: "cross_entropy" }, options.signal);
  }

  async forwardBackward(data: readonly Datum[], loss: RemoteLoss, options: CallOptions = {}): Promise<ForwardResult> {
    return this.pass("forward_backward", data, loss, options.signal);
  }

  async optimStep(adam: AdamParams, options: CallOptions = {}): Promise<OptimResult> {
    return this.call(options.signal, (signal) => {
      checked("optim_step", () => checkAdam(adam));
      this.version++;
      const apart = this.state.connection.settings.samplersApart;
      return optimStep(this, adam, signal, () =>
        apart ? Promise.resolve() : untilAborted(signal, () => this.samples.none()),
      );
    });
  }

  async saveWeights(name: string, options: CallOptions = {}): Promise<string> {
    return this.call(options.signal, (signal) => saveWeights(this, name, signal));
  }

  async saveForSampler(options: SaveForSamplerOptions = {}): Promise<RemoteSampler> {
    return this.call(options.signal, (signal) => saveForSampler(this, options.name, signal));
  }

  async loadWeights(path: string, { optimizer, signal }: LoadOptions): Promise<void> {
    const first = this.calls === 0;
    return this.call(signal, (either) => {
      if (!first)
        throw new TinkerFailure(`load_weights: model ${this.id} has been used already`, {
          reason: "invalid",
          expected: "load_weights as the first call of a fresh model",
          fix: "create a model and load into that",
        });
      this.version++;
      return loadWeights(this, path, optimizer, either);
    });
  }

  unload(): Promise<void> {
    this.unloading ??= this.unloadNow();
    return this.unloading;
  }

  private async unloadNow(): Promise<void> {
    const { connection } = this.state;
    if (connection.closed.aborted) return;
    await withSignals([connection.closed], (signal) => unloadModel(connection, this.id, signal, this.order));
    this.state.modelIds.delete(this.id);
  }

  private async pass(
    kind: Pass["kind"],
    data: readonly Datum[],
    loss: RemoteLoss,
    signal?: AbortSignal,
  ): Promise<ForwardResult> {
    return this.call(signal, async (either) => {
      checked(kind, () => {
        checkLoss(loss.name, loss.config);
        checkDatums(data, loss, this.limits);
      });
      const chunks = cutChunks(data, this.state.connection.settings);
      // All are submitted before any is waited for, so that no other call comes between them.
      const results = await Promise.allSettled(
        chunks.map((chunk) => runPass(this.state, this.order, { kind, modelId: this.id, data: chunk, loss }, either)),
      );
      return combineChunks(allOrFailure(kind, results));
    });
  }

  /** Begins before anything is awaited: the order of calls is the order of submits. */
  private call<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.unloading !== undefined)
      throw new TinkerFailure(`model ${this.id} was unloaded`, { reason: "closed", fix: "create another model" });
    this.calls++;
    return this.state.during(signal, work);
  }
}

/** A gradient of which a part was added is neither there nor not there. */
function allOrFailure<T>(kind: Pass["kind"], results: readonly PromiseSettledResult<T>[]): readonly T[] {
  const good = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const bad = results.find((result) => result.status === "rejected");
  if (bad === undefined) return good;
  const { reason } = bad as { reason: unknown };
  if (kind === "forward" || good.length === 0 || !(reason instanceof TinkerFailure)) throw reason;
  throw new TinkerFailure(
    `${reason.message}\n  ${good.length} of the call's ${results.length} requests had been added to the gradient.`,
    {
      ...reason.details,
      reason: reason.reason,
      effect: "unknown",
    },
  );
}
