/**
 * Models of adapters that clients train, all beside one base. A model's requests run in its lane; when it is unloaded, or its
 * session expires, those that have not begun fail and its memory is free.
 */
import type { EmbeddedPolicy } from "../../policy/embedded.ts";
import { type Lora, LORA_TARGETS } from "../../policy/lora.ts";
import type { Clock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import { derivedSeed } from "../../std/random.ts";
import { SequenceNumbers } from "./idempotency.ts";
import type { Lane, Lanes } from "./lanes.ts";
import type { Reduction } from "./losses.ts";
import type { LoraRequest } from "./requests.ts";
import { shortId } from "./sessions.ts";
import { TinkerError, wrongField } from "./tinker-error.ts";
import { TrainedModel } from "./trained-model.ts";

/** What a model was made as. */
export interface ModelDescription {
  readonly id: string;
  /** Its name in paths of checkpoints. */
  readonly pathId: string;
  readonly sessionId: string;
  readonly lora: Lora;
  readonly seed: number;
  readonly trainAttention: boolean;
  readonly trainMlp: boolean;
  readonly createdAt: string;
  readonly userMetadata: Readonly<Record<string, unknown>> | null;
}

/** Newer clients name models SESSION:train:NUMBER; folders and paths have no colons. */
export function pathIdOf(id: string): string {
  return id.replaceAll(":", "-");
}

export class RunningModel {
  readonly description: ModelDescription;
  readonly numbers = new SequenceNumbers();
  /** Requests after its creation. */
  requests = 0;
  lastRequestAt: string;
  private readonly lane: Lane;
  private readonly made: Promise<TrainedModel>;

  constructor(description: ModelDescription, lane: Lane, make: () => Promise<TrainedModel>) {
    this.description = description;
    this.lane = lane;
    this.lastRequestAt = description.createdAt;
    this.made = lane.run(make);
    this.made.catch(() => {});
  }

  /** Fails if it could not be made. */
  get ready(): Promise<unknown> {
    return this.made;
  }

  /** In the order of the calls; fails with what the model could not be made for. */
  run<T>(job: (model: TrainedModel) => Promise<T>): Promise<T> {
    this.requests++;
    return this.lane.run(async () => job(await this.made));
  }

  async close(reason: Error): Promise<void> {
    await this.lane.close(reason);
    const model = await this.made.catch(() => null);
    await model?.dispose();
  }
}

export interface ModelsOptions {
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly reduction: Reduction;
  /** Loaded at a time. */
  readonly most: number;
  readonly maxRank: number;
  /** Where a request names none. */
  readonly alpha: number;
  /** Models without a seed draw theirs from this. */
  readonly seed: number;
  adapt(lora: Lora, seed: number): Promise<EmbeddedPolicy>;
}

export class Models {
  private readonly options: ModelsOptions;
  private readonly running = new Map<string, RunningModel>();
  /** Ids of those that were unloaded; the latest only, for messages. */
  private readonly gone = new Set<string>();
  private made = 0;

  constructor(options: ModelsOptions) {
    this.options = options;
  }

  /** `id`: of a model that its client has named. */
  create(
    request: Pick<ModelDescription, "sessionId" | "userMetadata"> & {
      readonly id?: string;
      readonly lora: LoraRequest;
    },
  ): RunningModel {
    const { lanes, clock, most, seed, reduction, adapt } = this.options;
    const lora = this.loraOf(request.lora);
    if (this.running.size >= most) {
      throw new TinkerError(400, `Maximum number of LoRA adapters (${most}) reached: unload a model first`);
    }
    const id = request.id ?? `model_${shortId()}`;
    if (this.running.has(id)) throw new TinkerError(409, `Model '${id}' already exists`);
    const description: ModelDescription = {
      id,
      pathId: pathIdOf(id),
      sessionId: request.sessionId,
      lora,
      seed: request.lora.seed ?? derivedSeed(seed, "adapters", this.made++),
      trainAttention: lora.targets.includes("q_proj"),
      trainMlp: lora.targets.includes("up_proj"),
      createdAt: clock.timestamp(),
      userMetadata: request.userMetadata,
    };
    const model = new RunningModel(description, lanes.open(), async () => {
      return new TrainedModel(await adapt(lora, description.seed), reduction);
    });
    this.running.set(id, model);
    this.gone.delete(id);
    // What could not be made takes nobody's place.
    model.ready.catch((thrown: unknown) => this.unload(model, `Model ${id} could not be made: ${messageOf(thrown)}`));
    return model;
  }

  /** Throws 404 for one that never was, 400 for one that is no longer. */
  get(id: string): RunningModel {
    const model = this.running.get(id);
    if (model !== undefined) {
      model.lastRequestAt = this.options.clock.timestamp();
      return model;
    }
    if (this.gone.has(id)) throw new TinkerError(400, `Model ${id} not loaded`);
    throw new TinkerError(404, "Model not found");
  }

  list(): readonly RunningModel[] {
    return [...this.running.values()];
  }

  ofSession(sessionId: string): readonly RunningModel[] {
    return this.list().filter(({ description }) => description.sessionId === sessionId);
  }

  /** Resolves when its memory is free. */
  async unload(model: RunningModel, reason: string): Promise<void> {
    const { id } = model.description;
    if (this.running.get(id) !== model) return;
    this.running.delete(id);
    this.gone.add(id);
    for (const oldest of this.gone) {
      if (this.gone.size <= 1000) break;
      this.gone.delete(oldest);
    }
    await model.close(new TinkerError(400, reason));
  }

  private loraOf({ rank, alpha, train_attn, train_mlp }: LoraRequest): Lora {
    const { maxRank } = this.options;
    if (rank < 1 || rank > maxRank) {
      throw wrongField(["lora_config", "rank"], `LoRA rank ${rank} must be between 1 and ${maxRank}`);
    }
    const [attention, mlp] = [train_attn ?? true, train_mlp ?? true];
    if (!attention && !mlp) {
      throw wrongField(
        ["lora_config"],
        "nothing to train: set train_attn or train_mlp (the output has no adapter here)",
      );
    }
    const isMlp = (target: string): boolean => ["gate_proj", "up_proj", "down_proj"].includes(target);
    return {
      rank,
      alpha: alpha ?? this.options.alpha,
      targets: LORA_TARGETS.filter((target) => (isMlp(target) ? mlp : attention)),
    };
  }
}
