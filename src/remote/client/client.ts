/** One session with a server: what it does itself is small, and each call is a file of its own. */
import { parseTinkerPath } from "../../protocol/paths.ts";
import type { ClientState } from "./client-state.ts";
import { exchange } from "./calls/exchange.ts";
import type { Connection } from "./connection.ts";
import { createSamplingSession } from "./sampling/sampling-session.ts";
import { TinkerSampler } from "./sampling/sampler.ts";
import { checkBaseModel, createModel, limitsOf } from "./service/create-model.ts";
import { deleteCheckpoint, downloadArchive, listCheckpoints } from "./service/checkpoints.ts";
import { unloadOrphans } from "./service/orphans.ts";
import { listTrainingRuns } from "./service/training-runs.ts";
import type {
  ClientLedger,
  ModelRequest,
  OrphanOutcome,
  RemoteCheckpoint,
  RemoteModel,
  RemoteSampler,
  SamplerWeights,
  ServerInfo,
  TinkerClient,
  TrainingRun,
} from "./tinker-client.ts";
import { samplerKey } from "./training/save-for-sampler.ts";
import type { TinkerModel } from "./training/model.ts";
import { unloadModel } from "./training/unload.ts";

/** How long a server may take to free the models of a client that closes. */
const FAREWELL_MS = 10_000;

export class OpenClient implements TinkerClient {
  readonly baseUrl: string;
  readonly sessionId: string;
  readonly server: ServerInfo;
  private readonly state: ClientState;
  private readonly connection: Connection;
  private readonly models = new Map<string, TinkerModel>();
  private closing: Promise<void> | undefined;

  constructor(state: ClientState) {
    this.state = state;
    this.connection = state.connection;
    this.baseUrl = state.connection.settings.origin;
    this.sessionId = state.sessionId;
    this.server = state.server;
  }

  get ledger(): ClientLedger {
    return { ...this.connection.counters };
  }

  async ping(signal?: AbortSignal): Promise<number> {
    return this.state.during(signal, async (either) => {
      const startedMs = this.connection.clock.nowMs();
      const request = { method: "GET", path: "/api/v1/healthz" } as const;
      await exchange(this.connection, request, { doing: "a ping", signal: either });
      return this.connection.clock.nowMs() - startedMs;
    });
  }

  async createModel(request: ModelRequest, signal?: AbortSignal): Promise<RemoteModel> {
    return this.state.during(signal, async (either) => {
      const model = await createModel(this.state, request, either);
      this.models.set(model.id, model);
      return model;
    });
  }

  async createSampler(weights: SamplerWeights, signal?: AbortSignal): Promise<RemoteSampler> {
    return this.state.during(signal, async (either) => {
      if ("baseModel" in weights) {
        checkBaseModel(this.state, weights.baseModel);
        const limits = limitsOf(this.state, weights.baseModel, weights.limits);
        const id = await createSamplingSession(this.state, { base_model: weights.baseModel }, either);
        return new TinkerSampler(this.state, { id, path: null, limits, model: null, version: 0 });
      }
      const { path, limits } = weights;
      const id = await createSamplingSession(this.state, { model_path: path }, either);
      const model = this.models.get(parseTinkerPath(path)?.modelId ?? "") ?? null;
      // Of a save that this client did not see nothing says how old it is.
      return new TinkerSampler(this.state, {
        id,
        path,
        limits,
        model,
        version: model?.saved.get(samplerKey(path)) ?? -1,
      });
    });
  }

  async trainingRuns(signal?: AbortSignal): Promise<readonly TrainingRun[]> {
    return this.state.during(signal, (either) => listTrainingRuns(this.connection, either));
  }

  async checkpoints(modelId: string, signal?: AbortSignal): Promise<readonly RemoteCheckpoint[]> {
    return this.state.during(signal, (either) => listCheckpoints(this.connection, modelId, either));
  }

  async deleteCheckpoint(path: string, signal?: AbortSignal): Promise<boolean> {
    return this.state.during(signal, (either) => deleteCheckpoint(this.connection, path, either));
  }

  async downloadArchive(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.state.during(signal, (either) => downloadArchive(this.connection, path, either));
  }

  async unloadOrphans(modelIds: readonly string[], signal?: AbortSignal): Promise<readonly OrphanOutcome[]> {
    return this.state.during(signal, (either) => unloadOrphans(this.connection, modelIds, either));
  }

  close(): Promise<void> {
    this.closing ??= this.closeNow();
    return this.closing;
  }

  private async closeNow(): Promise<void> {
    this.connection.endCalls();
    this.state.samples.close();
    const last = this.connection.farewell();
    const signal = AbortSignal.timeout(FAREWELL_MS);
    // A server that is gone has unloaded them already.
    await Promise.allSettled([...this.state.modelIds].map((id) => unloadModel(last, id, signal)));
    await this.connection.close();
  }
}
