/**
 * What changes when a policy learns: weights, accumulated gradient, optimiser state. Invariant: `weights` and moments
 * belong to the same update; a skipped step leaves all of them as they were.
 */
import type { DeviceTensor } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import { gradientName } from "./forest-graph.ts";
import { accumulateGradient, type ForestRunner } from "./forest-runner.ts";
import { checkLossTree } from "./loss-tree.ts";
import type { Loss } from "./loss.ts";
import { firstMomentName, optimizerGraph, optimizerInputs, secondMomentName } from "./optimizer-graph.ts";
import type { BlobStore, LossReport, LossTree, OptimizerReport, OptimizerStep } from "./policy.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";
import { type DeviceTensors, downloadAll, matchedTensors, uploadAll, uploadZeros, WeightSet } from "./weights.ts";

const WEIGHTS = "model.safetensors";
const OPTIMIZER = "optimizer.safetensors";

export class Learner {
  private readonly runner: ForestRunner;
  private readonly zeros: DeviceTensors;
  private held: WeightSet;
  private moments: DeviceTensors;
  /** The zeros, or a sum that is ours to free. */
  private gradient: DeviceTensors;
  private updates = 0;

  private constructor(runner: ForestRunner, held: WeightSet, moments: DeviceTensors, zeros: DeviceTensors) {
    this.runner = runner;
    this.held = held;
    this.moments = moments;
    this.zeros = zeros;
    this.gradient = zeros;
  }

  static async start(runner: ForestRunner, weights: ReadonlyMap<string, NamedTensor>): Promise<Learner> {
    const { config, programs } = runner;
    const held = new WeightSet(programs.runtime, await uploadAll(programs.runtime, weights));
    const zeros = await uploadZeros(programs.runtime, config, gradientName);
    return new Learner(runner, held, await zeroMoments(runner), zeros);
  }

  /** The weights now; the caller retains them to keep them. */
  get weights(): WeightSet {
    return this.held;
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
    const work = { trees, loss, temperature };
    const { report, gradient } = await accumulateGradient(this.runner, this.held.tensors, this.gradient, work);
    if (gradient !== this.gradient) this.replaceGradient(gradient);
    return report;
  }

  async step(step: OptimizerStep): Promise<OptimizerReport> {
    const { config, programs } = this.runner;
    const program = await programs.get("optimizer", () => optimizerGraph(config));
    const scalars = optimizerInputs(step, this.updates + 1);
    const inputs = {
      ...this.held.tensors,
      ...this.moments,
      ...this.gradient,
      ...scalars,
    };
    const { host, device } = await programs.run(program, inputs, (output) => output !== "gradientNorm");
    const gradientNorm = host["gradientNorm"]?.data[0] ?? Number.NaN;
    this.replaceGradient(this.zeros);
    if (!Number.isFinite(gradientNorm)) {
      programs.runtime.free(...Object.values(device));
      return { gradientNorm, skipped: true };
    }
    const isMoment = (name: string): boolean => name in this.moments;
    this.replaceWeights(
      new WeightSet(
        programs.runtime,
        pickBy(device, (name) => !isMoment(name)),
      ),
    );
    this.replaceMoments(pickBy(device, isMoment));
    this.updates++;
    return { gradientNorm, skipped: false };
  }

  /** The accumulated gradient by parameter name, for tests and diagnosis. */
  async readGradient(): Promise<Map<string, NamedTensor>> {
    const { config, programs } = this.runner;
    const found = await downloadAll(programs.runtime, config, this.gradient, gradientName);
    return new Map([...found].map(([name, tensor]) => [name.slice(gradientName("").length), tensor]));
  }

  async save(store: BlobStore): Promise<void> {
    const { config, programs } = this.runner;
    if (this.gradient !== this.zeros) {
      throw new AepoError("policy", "cannot save between accumulate and step: the accumulated gradient would be lost", {
        fix: "call step first",
      });
    }
    await store.write(WEIGHTS, writeSafetensors(await downloadAll(programs.runtime, config, this.held.tensors)));
    const moments = new Map<string, NamedTensor>();
    for (const rename of [firstMomentName, secondMomentName]) {
      for (const [name, tensor] of await downloadAll(programs.runtime, config, this.moments, rename))
        moments.set(name, tensor);
    }
    await store.write(OPTIMIZER, writeSafetensors(moments, { updates: String(this.updates) }));
  }

  async load(store: BlobStore): Promise<void> {
    const { config, programs } = this.runner;
    const weights = matchedTensors(config, readSafetensors(await store.read(WEIGHTS), WEIGHTS).tensors, WEIGHTS);
    const state = readSafetensors(await store.read(OPTIMIZER), OPTIMIZER);
    const moments = [firstMomentName, secondMomentName].map((rename) => momentsOf(this.runner, state.tensors, rename));
    const updates = Number(state.metadata["updates"]);
    if (!Number.isSafeInteger(updates) || updates < 0) {
      throw new AepoError("policy", `${OPTIMIZER}: no number of updates in its metadata`, {
        exists: JSON.stringify(state.metadata),
      });
    }
    // Everything is read and checked before anything is replaced.
    this.replaceWeights(new WeightSet(programs.runtime, await uploadAll(programs.runtime, weights)));
    const [first = new Map(), second = new Map()] = moments;
    this.replaceMoments({
      ...(await uploadAll(programs.runtime, first, firstMomentName)),
      ...(await uploadAll(programs.runtime, second, secondMomentName)),
    });
    this.replaceGradient(this.zeros);
    this.updates = updates;
  }

  dispose(): void {
    const { runtime } = this.runner.programs;
    this.held.release();
    this.replaceGradient(this.zeros);
    runtime.free(...Object.values(this.moments), ...Object.values(this.zeros));
  }

  private replaceWeights(next: WeightSet): void {
    this.held.release();
    this.held = next;
  }

  private replaceMoments(next: DeviceTensors): void {
    this.runner.programs.runtime.free(...Object.values(this.moments));
    this.moments = next;
  }

  private replaceGradient(next: DeviceTensors): void {
    if (this.gradient !== this.zeros) this.runner.programs.runtime.free(...Object.values(this.gradient));
    this.gradient = next;
  }
}

async function zeroMoments({ config, programs }: ForestRunner): Promise<DeviceTensors> {
  return {
    ...(await uploadZeros(programs.runtime, config, firstMomentName)),
    ...(await uploadZeros(programs.runtime, config, secondMomentName)),
  };
}

/** Moments under the names of their parameters, checked against the model. */
function momentsOf(
  { config }: ForestRunner,
  tensors: ReadonlyMap<string, NamedTensor>,
  rename: (name: string) => string,
): ReadonlyMap<string, NamedTensor> {
  const prefix = rename("");
  const own = [...tensors].flatMap(([name, tensor]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
  );
  return matchedTensors(config, new Map(own), OPTIMIZER);
}

function pickBy(tensors: DeviceTensors, accept: (name: string) => boolean): Record<string, DeviceTensor> {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => accept(name)));
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
