/** A client that says which models it makes: those of probes, too, which are gone again soon if nothing goes wrong. */
import type { TinkerClient } from "../remote/client/tinker-client.ts";

export function noticingClient(client: TinkerClient, onModel: (id: string) => void): TinkerClient {
  return {
    baseUrl: client.baseUrl,
    sessionId: client.sessionId,
    server: client.server,
    get ledger() {
      return client.ledger;
    },
    ping: (signal) => client.ping(signal),
    async createModel(request, signal) {
      const model = await client.createModel(request, signal);
      onModel(model.id);
      return model;
    },
    createSampler: (weights, signal) => client.createSampler(weights, signal),
    trainingRuns: (signal) => client.trainingRuns(signal),
    checkpoints: (modelId, signal) => client.checkpoints(modelId, signal),
    deleteCheckpoint: (path, signal) => client.deleteCheckpoint(path, signal),
    downloadArchive: (path, signal) => client.downloadArchive(path, signal),
    unloadOrphans: (modelIds, signal) => client.unloadOrphans(modelIds, signal),
    close: () => client.close(),
  };
}
