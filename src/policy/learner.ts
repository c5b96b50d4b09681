/**
 * What changes when a policy learns: trained tensors, accumulated gradient, optimiser state. Invariant: `weights` and moments
 * belong to the same update; a skipped step leaves all of them as they were.
 */
import { AepoError } from "../std/errors.ts";
import type { Adaptation } from "./adaptation.ts";
import { gradientName } from "./forest-graph.ts";
import { accumulateGradient, type ForestRunner } from "./forest-runner.ts";
import { checkLossTree } from "./loss-tree.ts";
import type { Loss } from "./loss.ts";
import { firstMomentName, optimizerInputs, secondMomentName } from "./optimizer-graph.ts";
import { measureNorm, optimizerPieces, updateInPieces } from "./optimizer-update.ts";
import type { BlobStore, LossReport, LossTree, OptimizerReport, OptimizerStep } from "./policy.ts";
import { type NamedTensor, openSafetensors, type OpenSafetensors } from "./safetensors.ts";
import { safetensorsPieces } from "./safetensors-write.ts";
import { checkShapes, joinedReader, renamedReader, type TensorReader } from "./tensor-reader.ts";
import { type DeviceTensors, deviceReader, downloadAll, uploadAll, WeightSet } from "./weights.ts";
import { Zeros } from "./zeros.ts";

const OPTIMIZER = "optimizer.safetensors";

/** The trained tensors, and the weights to sample from that they make. */
interface Held {
  readonly trained: WeightSet;
  readonly sampled: WeightSet;
}

export class Learner {
  private readonly runner: ForestRunner;
  private readonly adaptation: Adaptation;
  private readonly zeros: Zeros;
  private held: Held;
  private moments: DeviceTensors;
  private gradient: DeviceTensors;
  /** Whether there is a gradient that no step has used. */
  private hasGradient = false;
  private updates = 0;

  private constructor(runner: ForestRunner, adaptation: Adaptation, zeros: Zeros, held: Held) {
    this.runner = runner;
    this.adaptation = adaptation;
    this.zeros = zeros;
    this.held = held;
    this.moments = zeroMoments(adaptation, zeros);
    this.gradient = zeros.named(adaptation.trained, gradientName);
  }

  /** `initial`: the trained tensors, checked. */
  static async start(runner: ForestRunner, adaptation: Adaptation, initial: TensorReader): Promise<Learner> {
    const { runtime } = runner.programs;
    const zeros = await Zeros.upload(runtime, adaptation.trained);
    return new Learner(runner, adaptation, zeros, await hold(runner, adaptation, initial));
  }

  /** The weights now; the caller retains them to keep them. */
  get weights(): WeightSet {
    return this.held.sampled;
  }

  async accumulate(trees: readonly LossTree[], loss: Loss, temperature: number): Promise<LossReport> {
    const { config } = this.runner;
    if (!(temperature > 0))
      throw new AepoError("policy", `temperature ${temperature}`, {
        expected: "above 0",
      });
    for (const tree of trees) {
      checkLossTree(tree, config.vocab_size);
      checkDepth(tree, config.max_position_embeddings);
    }
    const weights = { ...this.adaptation.frozen, ...this.held.trained.tensors };
    const work = { trees, loss, temperature };
    const { report, gradient } = await accumulateGradient(this.runner, weights, this.gradient, work);
    if (gradient !== this.gradient) this.replaceGradient(gradient, true);
    return report;
  }

  async step(step: OptimizerStep): Promise<OptimizerReport> {
    const { programs } = this.runner;
    const { trained } = this.adaptation;
    const gradientNorm = await measureNorm(programs, trained, this.gradient);
    if (!Number.isFinite(gradientNorm)) {
      this.clearGradient();
      return { gradientNorm, skipped: true };
    }
    const state = { trained: this.held.trained.tensors, moments: this.moments, gradient: this.gradient };
    const scalars = optimizerInputs(step, gradientNorm, this.updates + 1);
    const pieces = optimizerPieces(trained);
    const next = await updateInPieces(programs, pieces, state, scalars, (used) => this.zeros.freeOthers(used));
    this.moments = next.moments;
    this.clearGradient();
    const updated = new WeightSet(programs.runtime, next.trained);
    this.replaceWeights({ trained: updated, sampled: await this.adaptation.sampled(updated) });
    this.updates++;
    return { gradientNorm, skipped: false };
  }

  /** The accumulated gradient by parameter name, for tests and diagnosis. */
  async readGradient(): Promise<Map<string, NamedTensor>> {
    const { runtime } = this.runner.programs;
    const found = await downloadAll(runtime, this.adaptation.trained, this.gradient, gradientName);
    return new Map([...found].map(([name, tensor]) => [name.slice(gradientName("").length), tensor]));
  }

  async save(store: BlobStore): Promise<void> {
    const { runtime } = this.runner.programs;
    const { trained } = this.adaptation;
    if (this.hasGradient) {
      throw new AepoError("policy", "cannot save between accumulate and step: the accumulated gradient would be lost", {
        fix: "call step first",
      });
    }
    await this.adaptation.save(deviceReader(runtime, trained, this.held.trained.tensors), store);
    const moments = [firstMomentName, secondMomentName].map((rename) =>
      deviceReader(runtime, trained, this.moments, rename),
    );
    await store.write(OPTIMIZER, safetensorsPieces(joinedReader(...moments), { updates: String(this.updates) }));
  }

  async load(store: BlobStore): Promise<void> {
    const weights = await this.adaptation.load(store);
    try {
      const state = await openSafetensors(await store.open(OPTIMIZER), OPTIMIZER);
      await this.restore(weights, state).finally(() => state.close());
    } finally {
      await weights.close();
    }
  }

  private async restore(weights: TensorReader, state: OpenSafetensors): Promise<void> {
    const { runtime } = this.runner.programs;
    const { trained } = this.adaptation;
    const [first, second] = [momentsOf(state, firstMomentName), momentsOf(state, secondMomentName)];
    for (const reader of [first, second]) checkShapes(trained, reader, [...reader.shapes.keys()], OPTIMIZER);
    const updates = Number(state.metadata["updates"]);
    if (!Number.isSafeInteger(updates) || updates < 0) {
      throw new AepoError("policy", `${OPTIMIZER}: no number of updates in its metadata`, {
        exists: JSON.stringify(state.metadata),
      });
    }
    // Everything is read and checked before anything is replaced.
    const held = await hold(this.runner, this.adaptation, weights);
    const moments = {
      ...(await uploadAll(runtime, trained, first, firstMomentName)),
      ...(await uploadAll(runtime, trained, second, secondMomentName)),
    };
    this.replaceWeights(held);
    this.replaceMoments(moments);
    this.clearGradient();
    this.updates = updates;
  }

  dispose(): void {
    this.held.trained.release();
    this.held.sampled.release();
    this.zeros.freeOthers(this.gradient);
    this.zeros.freeOthers(this.moments);
    this.zeros.dispose();
    this.adaptation.dispose();
  }

  private replaceWeights(next: Held): void {
    this.held.trained.release();
    this.held.sampled.release();
    this.held = next;
  }

  private replaceMoments(next: DeviceTensors): void {
    this.zeros.freeOthers(this.moments);
    this.moments = next;
  }

  private clearGradient(): void {
    this.replaceGradient(this.zeros.named(this.adaptation.trained, gradientName), false);
  }

  private replaceGradient(next: DeviceTensors, isGradient: boolean): void {
    this.zeros.freeOthers(this.gradient);
    this.gradient = next;
    this.hasGradient = isGradient;
  }
}

async function hold({ programs }: ForestRunner, adaptation: Adaptation, reader: TensorReader): Promise<Held> {
  const { runtime } = programs;
  const trained = new WeightSet(runtime, await uploadAll(runtime, adaptation.trained, reader));
  return { trained, sampled: await adaptation.sampled(trained) };
}

function zeroMoments({ trained }: Adaptation, zeros: Zeros): DeviceTensors {
  return { ...zeros.named(trained, firstMomentName), ...zeros.named(trained, secondMomentName) };
}

/** Moments under the names of their parameters. */
function momentsOf(state: TensorReader, rename: (name: string) => string): TensorReader {
  const prefix = rename("");
  return renamedReader(state, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
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
