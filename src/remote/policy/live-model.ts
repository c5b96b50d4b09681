/**
 * The model on the server that learns. Loading replaces it by a fresh one: the protocol loads weights into a model that has done
 * nothing yet. What was saved for sampling is remembered until the weights change, so that two samplers of one phase share it.
 */
import { AepoError } from "../../std/errors.ts";
import type { RemoteModel, RemoteSampler } from "../client/tinker-client.ts";

export class LiveModel {
  private readonly create: () => Promise<RemoteModel>;
  private model: RemoteModel;
  /** Nothing was asked of it: weights can still be loaded into it. */
  private isFresh = true;
  /** Its weights are those it was created with. */
  private initial = true;
  private saved: Promise<RemoteSampler> | null = null;
  /** Why there is no model any more. */
  private lost: unknown = null;

  private constructor(create: () => Promise<RemoteModel>, model: RemoteModel) {
    this.create = create;
    this.model = model;
  }

  static async open(create: () => Promise<RemoteModel>): Promise<LiveModel> {
    return new LiveModel(create, await create());
  }

  get id(): string {
    return this.model.id;
  }

  get baseModel(): string {
    return this.model.baseModel;
  }

  /** Whether the adapter still changes nothing: the policy is the base model. */
  get isInitial(): boolean {
    return this.initial;
  }

  /** For requests that leave the weights as they are. */
  get current(): RemoteModel {
    if (this.lost !== null) {
      throw new AepoError("policy", "the policy has lost its model on the server", {
        fix: "open the policy again and load a checkpoint",
        cause: this.lost,
      });
    }
    this.isFresh = false;
    return this.model;
  }

  /** For a step: what was saved before is of other weights afterwards. */
  changing(): RemoteModel {
    const model = this.current;
    this.saved = null;
    this.initial = false;
    return model;
  }

  /** A sampler of the weights as they are now: it takes its place in the order of requests at once. */
  sampler(): Promise<RemoteSampler> {
    if (this.saved !== null) return this.saved;
    const saved = this.current.saveForSampler();
    this.saved = saved;
    saved.catch(() => {
      if (this.saved === saved) this.saved = null;
    });
    return saved;
  }

  /** Weights and the optimiser's state at a `tinker://` path, in a fresh model. A failure loses the model. */
  async load(path: string): Promise<void> {
    if (!this.isFresh || this.lost !== null) {
      // First: a server may have room for one.
      await this.model.unload();
      this.model = await this.create();
    }
    this.isFresh = false;
    this.saved = null;
    this.initial = false;
    this.lost = null;
    try {
      await this.model.loadWeights(path, { optimizer: true });
    } catch (thrown) {
      this.lost = thrown;
      throw thrown;
    }
  }

  async unload(): Promise<void> {
    await this.model.unload();
  }
}
