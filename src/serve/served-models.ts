/**
 * The models that clients can name: the one that is served, and adapters beside it that were loaded since. Each has a sampler of
 * its own; what bounds open answers counts all of them.
 */
import { ApiError, badRequest } from "./api-error.ts";
import { GenerationEngine } from "./generation.ts";
import type { ServedModel, ServedPolicy } from "./served-model.ts";

export interface NamedModel {
  readonly model: ServedModel;
  readonly engine: GenerationEngine;
}

/** Adapters that were opened, to sample and score with. */
export interface OpenAdapter {
  readonly policy: ServedPolicy;
  dispose(): Promise<void>;
}

interface AdapterEntry extends NamedModel {
  dispose(): Promise<void>;
}

export class ServedModels {
  readonly base: NamedModel;
  private readonly mostAdapters: number;
  private readonly adapters = new Map<string, AdapterEntry>();
  /** Adapters that were unloaded while somebody was being answered. */
  private readonly leaving = new Set<AdapterEntry>();
  /** One change at a time: a name is loaded once. */
  private changing: Promise<unknown> = Promise.resolve();

  constructor(model: ServedModel, mostAdapters: number) {
    this.base = { model, engine: new GenerationEngine(() => model.policy.openSampler()) };
    this.mostAdapters = mostAdapters;
  }

  /** Choices that are drawn or wait. */
  get open(): number {
    return this.all().reduce((sum, { engine }) => sum + engine.open, 0);
  }

  get list(): readonly ServedModel[] {
    return [this.base, ...this.adapters.values()].map(({ model }) => model);
  }

  /** Throws 404. */
  named(asked: string | undefined): NamedModel {
    if (asked === undefined || asked === this.base.model.id) return this.base;
    const found = this.adapters.get(asked);
    if (found !== undefined) return found;
    const only = this.adapters.size === 0 ? "only " : "";
    const names = this.list.map(({ id }) => `"${id}"`).join(", ");
    throw new ApiError(404, `there is no model "${asked}" here, ${only}${names}`, {
      param: "model",
      code: "model_not_found",
    });
  }

  /** `replace`: an adapter of that name makes room; without it the name must be free. */
  load(name: string, root: string, open: () => Promise<OpenAdapter>, replace = false): Promise<void> {
    return this.inTurn(async () => {
      const before = this.adapters.get(name);
      this.checkName(name, before !== undefined && !replace);
      if (before === undefined && this.adapters.size >= this.mostAdapters) {
        throw badRequest(
          `${this.adapters.size} adapters are loaded, at most ${this.mostAdapters} are: unload one`,
          "lora_name",
        );
      }
      const { policy, dispose } = await open();
      const { model } = this.base;
      const adapted = { ...model, id: name, policy, adapter: { parent: model.id, root } };
      const engine = new GenerationEngine(() => policy.openSampler());
      this.adapters.set(name, { model: adapted, engine, dispose });
      if (before !== undefined) this.leave(before);
    });
  }

  /** New requests do not find it; those that are open are answered. Throws 404. */
  unload(name: string): Promise<void> {
    return this.inTurn(async () => {
      const entry = this.adapters.get(name);
      if (entry === undefined) {
        throw new ApiError(404, `no adapter "${name}" is loaded`, { param: "lora_name", code: "model_not_found" });
      }
      this.adapters.delete(name);
      this.leave(entry);
    });
  }

  /** Open requests fail; nothing is left but the model that was given. */
  async close(): Promise<void> {
    await this.changing;
    const entries = [...this.adapters.values(), ...this.leaving];
    this.adapters.clear();
    await this.base.engine.close();
    for (const { engine, dispose } of entries) {
      await engine.close();
      await dispose();
    }
  }

  private all(): readonly NamedModel[] {
    return [this.base, ...this.adapters.values(), ...this.leaving];
  }

  private checkName(name: string, taken: boolean): void {
    if (name === this.base.model.id) throw badRequest(`lora_name: "${name}" is the model itself`, "lora_name");
    if (!taken) return;
    throw badRequest(
      `lora_name: "${name}" has already been loaded; unload it, or replace it with load_inplace: true`,
      "lora_name",
      "already_loaded",
    );
  }

  private leave(entry: AdapterEntry): void {
    this.leaving.add(entry);
    const gone = async (): Promise<void> => {
      await entry.engine.finish();
      if (this.leaving.delete(entry)) await entry.dispose();
    };
    void gone();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.changing.then(work);
    this.changing = done.catch(() => {});
    return done;
  }
}
