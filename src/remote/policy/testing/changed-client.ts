/** A server that does some things otherwise, as real ones do: the client of an honest one with its training calls changed. */
import type { AdamParams, Datum } from "../../../protocol/in-memory.ts";
import type {
  OptimResult,
  RemoteModel,
  RemoteSample,
  RemoteSampler,
  TinkerClient,
} from "../../client/tinker-client.ts";

export interface Changes {
  /** What the server really steps with. */
  readonly adam?: Partial<AdamParams>;
  /** What it tells of a step. */
  result?(result: OptimResult): OptimResult;
  /** What it really adds up. */
  data?(data: readonly Datum[]): readonly Datum[];
  /** What it tells of a sample. */
  sample?(sample: RemoteSample): RemoteSample;
  onSave?(): void;
  /** What it gives of an archive. */
  onDownload?(): Promise<Uint8Array>;
  /** Told of models that are made. */
  onModel?(model: RemoteModel): void;
}

export function changedClient(client: TinkerClient, changes: Changes): TinkerClient {
  const { adam = {}, result = (one) => one, data: really = (data) => data } = changes;
  const changed = (model: RemoteModel): RemoteModel => ({
    id: model.id,
    baseModel: model.baseModel,
    rank: model.rank,
    forward: (data, options) => model.forward(data, options),
    forwardBackward: (data, loss, options) => model.forwardBackward(really(data), loss, options),
    optimStep: async (params, options) => result(await model.optimStep({ ...params, ...adam }, options)),
    saveWeights: (name, options) => model.saveWeights(name, options),
    async saveForSampler(options) {
      changes.onSave?.();
      return changedSampler(await model.saveForSampler(options), changes);
    },
    loadWeights: (path, options) => model.loadWeights(path, options),
    unload: () => model.unload(),
  });
  // Its own methods and getters stay bound to it.
  return new Proxy(client, {
    get(target, name) {
      if (name === "createModel") {
        return async (...given: Parameters<TinkerClient["createModel"]>) => {
          const model = await client.createModel(...given);
          changes.onModel?.(model);
          return changed(model);
        };
      }
      if (name === "downloadArchive" && changes.onDownload !== undefined) return changes.onDownload;
      if (name === "createSampler") {
        return async (...given: Parameters<TinkerClient["createSampler"]>) =>
          changedSampler(await client.createSampler(...given), changes);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function changedSampler(sampler: RemoteSampler, { sample: told = (one) => one }: Changes): RemoteSampler {
  return {
    id: sampler.id,
    path: sampler.path,
    sample: async (request, options) => told(await sampler.sample(request, options)),
  };
}
