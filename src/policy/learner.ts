/**
 * What changes when a policy learns: trained tensors and their optimiser's state. Invariant: `weights` and moments belong to
 * the same update; a skipped step leaves all of them as they were.
 */
import { AepoError } from "../std/errors.ts";
import type { Adaptation } from "./adaptation.ts";
import type { ModelConfig } from "./config.ts";
import type { ValueHead } from "./critic/value-head-learner.ts";
import { accumulateGradient, type ForestRunner } from "./forest-runner.ts";
import { checkLossTree } from "./loss-tree.ts";
import type { Loss } from "./loss.ts";
import { OptimizerState } from "./optimizer-state.ts";
import type { BlobStore, LossReport, LossTree, OptimizerReport, OptimizerStep } from "./policy.ts";
import { type NamedTensor, openSafetensors } from "./safetensors.ts";
import { safetensorsPieces } from "./safetensors-write.ts";
import type { TensorReader } from "./tensor-reader.ts";
import { deviceReader, uploadAll, WeightSet } from "./weights.ts";

const OPTIMIZER = "optimizer.safetensors";

/** The trained tensors, and the weights to sample from that they make. */
interface Held {
  readonly trained: WeightSet;
  readonly sampled: WeightSet;
}

export class Learner {
  private readonly runner: ForestRunner;
  private readonly adaptation: Adaptation;
  private readonly state: OptimizerState;
  private held: Held;

  private constructor(runner: ForestRunner, adaptation: Adaptation, state: OptimizerState, held: Held) {
    this.runner = runner;
    this.adaptation = adaptation;
    this.state = state;
    this.held = held;
  }

  /** `initial`: the trained tensors, checked. */
  static async start(runner: ForestRunner, adaptation: Adaptation, initial: TensorReader): Promise<Learner> {
    const state = await OptimizerState.start(runner.programs, adaptation.trained);
    return new Learner(runner, adaptation, state, await hold(runner, adaptation, initial));
  }

  /** The weights now; the caller retains them to keep them. */
  get weights(): WeightSet {
    return this.held.sampled;
  }

  /** `head`: gets its gradient from the same pass, if the loss has a value loss. */
  async accumulate(
    trees: readonly LossTree[],
    loss: Loss,
    temperature: number,
    head: ValueHead | null = null,
  ): Promise<LossReport> {
    if (!(temperature > 0)) throw new AepoError("policy", `temperature ${temperature}`, { expected: "above 0" });
    checkTrees(trees, this.runner.config);
    const weights = { ...this.held.sampled.tensors, ...this.held.trained.tensors, ...head?.weights.tensors };
    const before = { ...this.state.gradient, ...head?.state.gradient };
    const work = { trees, loss, temperature };
    const { report, gradient } = await accumulateGradient(this.runner, weights, before, work);
    if (gradient !== before) {
      this.state.takeGradient(gradient);
      head?.state.takeGradient(gradient);
    }
    return report;
  }

  /** `gradientScale`: for a reduction that is known only now, such as the mean over all that was accumulated. */
  async step(step: OptimizerStep, gradientScale = 1): Promise<OptimizerReport> {
    const { report, trained } = await this.state.update(this.held.trained.tensors, step, gradientScale);
    if (trained !== null) {
      const updated = new WeightSet(this.runner.programs.runtime, trained);
      this.replaceWeights({ trained: updated, sampled: await this.adaptation.sampled(updated) });
    }
    return report;
  }

  /** The accumulated gradient by parameter name, for tests and diagnosis. */
  readGradient(): Promise<Map<string, NamedTensor>> {
    return this.state.readGradient();
  }

  /** The trained tensors alone, at any time: what is sampled from, not what training goes on from. */
  async saveWeights(store: BlobStore): Promise<void> {
    const { runtime } = this.runner.programs;
    await this.adaptation.save(deviceReader(runtime, this.adaptation.trained, this.held.trained.tensors), store);
  }

  async save(store: BlobStore): Promise<void> {
    this.state.checkSettled();
    await this.saveWeights(store);
    const { tensors, metadata } = this.state.saved;
    await store.write(OPTIMIZER, safetensorsPieces(tensors, metadata));
  }

  async load(store: BlobStore): Promise<void> {
    const weights = await this.adaptation.load(store);
    try {
      const file = await openSafetensors(await store.open(OPTIMIZER), OPTIMIZER);
      // Everything is read and checked before anything is replaced.
      const state = await this.state.restore(file, OPTIMIZER).finally(() => file.close());
      this.replaceWeights(await hold(this.runner, this.adaptation, weights));
      this.state.adopt(state);
    } finally {
      await weights.close();
    }
  }

  /** The trained tensors of a checkpoint alone: the optimiser starts anew, and the accumulated gradient is dropped. */
  async loadWeights(store: BlobStore): Promise<void> {
    const weights = await this.adaptation.load(store);
    this.replaceWeights(await hold(this.runner, this.adaptation, weights).finally(() => weights.close()));
    this.state.restart();
  }

  dispose(): void {
    this.held.trained.release();
    this.held.sampled.release();
    this.state.dispose();
    this.adaptation.dispose();
  }

  private replaceWeights(next: Held): void {
    this.held.trained.release();
    this.held.sampled.release();
    this.held = next;
  }
}

async function hold({ programs }: ForestRunner, adaptation: Adaptation, reader: TensorReader): Promise<Held> {
  const { runtime } = programs;
  const trained = new WeightSet(runtime, await uploadAll(runtime, adaptation.trained, reader));
  return { trained, sampled: await adaptation.sampled(trained) };
}

/** Throws unless the trees are trees of this model's tokens, no longer than it reads. */
export function checkTrees(trees: readonly LossTree[], config: ModelConfig): void {
  for (const tree of trees) {
    checkLossTree(tree, config.vocab_size);
    checkDepth(tree, config.max_position_embeddings);
  }
}

function checkDepth({ parents }: LossTree, limit: number): void {
  const depth = new Int32Array(parents.length);
  for (const [i, parent] of parents.entries()) {
    depth[i] = parent < 0 ? 1 : (depth[parent] ?? 0) + 1;
    if ((depth[i] ?? 0) <= limit) continue;
    throw new AepoError("policy", `a path has more than ${limit} tokens`, {
      expected: `at most max_position_embeddings (${limit})`,
    });
  }
}
