/**
 * What clients sample from: the base model, a checkpoint, or the weights of a model as they were at one moment, kept in memory
 * for one session. All are copies: sampling never touches what is trained.
 */
import { type BlobStore, memoryStore } from "../../policy/blob-store.ts";
import type { SharedBase } from "../../policy/shared-base.ts";
import { formatTinkerPath, parseTinkerPath, type TinkerPath } from "../../protocol/paths.ts";
import type { CheckpointStore } from "./checkpoints.ts";
import { shortId } from "./sessions.ts";
import type { OpenWeights } from "./sampler-pool.ts";
import { TinkerError } from "./tinker-error.ts";

export type Source =
  | { readonly kind: "base" }
  | { readonly kind: "checkpoint"; readonly path: TinkerPath }
  | { readonly kind: "moment"; readonly modelId: string; readonly name: string };

export interface SamplingSession {
  readonly id: string;
  readonly sessionId: string;
  readonly source: Source;
}

/** Weights by a key that stands for them alone. */
export interface KeyedWeights {
  readonly key: string;
  readonly open: OpenWeights;
}

/** Weights of a moment that a model keeps; older ones are gone. */
const MOMENTS_OF_A_MODEL = 4;

export class SamplingSessions {
  private readonly base: SharedBase;
  private readonly checkpoints: CheckpointStore;
  private readonly sessions = new Map<string, SamplingSession>();
  /** In order of age, by `modelId/name`. */
  private readonly moments = new Map<string, BlobStore>();
  /** Names of moments that a model has had. */
  private readonly named = new Map<string, Set<string>>();

  constructor(base: SharedBase, checkpoints: CheckpointStore) {
    this.base = base;
    this.checkpoints = checkpoints;
  }

  /** Throws 404 or 425 if there is nothing to sample from. */
  open(sessionId: string, source: Source): SamplingSession {
    this.weightsOf(source);
    const session = { id: `sampling_${shortId()}`, sessionId, source };
    this.sessions.set(session.id, session);
    return session;
  }

  get(id: string): SamplingSession {
    const session = this.sessions.get(id);
    if (session === undefined) throw new TinkerError(404, "Sampling session not found");
    return session;
  }

  ofSession(sessionId: string): readonly string[] {
    return [...this.sessions.values()].filter((session) => session.sessionId === sessionId).map(({ id }) => id);
  }

  /** Takes the place of weights to be. Throws 409 where there were some. */
  promise({ modelId, name }: { readonly modelId: string; readonly name: string }): void {
    const names = this.named.get(modelId) ?? new Set();
    if (names.has(name)) throw new TinkerError(409, `Checkpoint '${name}' already exists for model '${modelId}'`);
    this.named.set(modelId, names.add(name));
  }

  /** Takes the weights that `save` writes, and forgets the model's oldest. Returns keys of what is gone. */
  async keep(
    { modelId, name }: { readonly modelId: string; readonly name: string },
    save: (store: BlobStore) => Promise<void>,
  ): Promise<readonly string[]> {
    const store = memoryStore();
    await save(store);
    this.moments.set(`${modelId}/${name}`, store);
    const all = [...this.moments.keys()].filter((key) => key.startsWith(`${modelId}/`));
    return this.forget(all.slice(0, -MOMENTS_OF_A_MODEL));
  }

  /** Of a session that has ended. Returns keys of weights that are gone with its models. */
  end(sessionId: string, modelIds: readonly string[]): readonly string[] {
    for (const session of this.sessions.values()) if (session.sessionId === sessionId) this.sessions.delete(session.id);
    for (const id of modelIds) this.named.delete(id);
    return this.forget([...this.moments.keys()].filter((key) => modelIds.some((id) => key.startsWith(`${id}/`))));
  }

  weightsOf(source: Source): KeyedWeights {
    if (source.kind === "base") return { key: "base", open: async () => this.base.bare };
    if (source.kind === "checkpoint") {
      const found = this.checkpoints.find(source.path);
      // One that was deleted and written again is another.
      const key = `${formatTinkerPath(source.path)} ${found.saved.time}`;
      return { key, open: () => this.base.openAdapters(this.checkpoints.store(found)) };
    }
    const name = `${source.modelId}/${source.name}`;
    const store = this.moments.get(name);
    if (store !== undefined) return { key: momentKey(name), open: () => this.base.openAdapters(store) };
    throw new TinkerError(
      404,
      `the sampler weights ${name} are gone: of those without a name a model keeps the latest ${MOMENTS_OF_A_MODEL}. Save them under a name ('path') to keep them`,
    );
  }

  private forget(names: readonly string[]): readonly string[] {
    for (const name of names) this.moments.delete(name);
    return names.map(momentKey);
  }
}

function momentKey(name: string): string {
  return `moment ${name}`;
}

/** A path that a client samples. Throws 400. */
export function samplerPath(path: string): TinkerPath {
  const parsed = parseTinkerPath(path);
  if (parsed?.kind === "sampler_weights") return parsed;
  throw new TinkerError(
    400,
    "model_path must be tinker://model_id/checkpoint_id or tinker://model_id/sampler_weights/checkpoint_id",
  );
}
