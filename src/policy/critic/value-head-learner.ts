/**
 * The embedded engine's value head: its numbers, their optimiser's state, and a file of its own beside the model's (so that
 * config.json and model.safetensors stay a plain Hugging Face folder). It starts at zero: values do, too. Full training,
 * adapters and recomputation are the trunk's business.
 */
import type { BlobStore } from "../blob-store.ts";
import { packForest } from "../forest.ts";
import { type ForestRunner, isGradient } from "../forest-runner.ts";
import { cutMicroBatches } from "../micro-batches.ts";
import { OptimizerState } from "../optimizer-state.ts";
import { elements } from "../parameters.ts";
import { PathArrays } from "../path-arrays.ts";
import type { CriticReport, LossTree, OptimizerReport, OptimizerStep } from "../policy.ts";
import { Programs } from "../programs.ts";
import { openSafetensors } from "../safetensors.ts";
import { safetensorsPieces } from "../safetensors-write.ts";
import { checkShapes, joinedReader, readerOf, renamedReader } from "../tensor-reader.ts";
import { type DeviceTensors, deviceReader, uploadAll, WeightSet } from "../weights.ts";
import { headTrainingGraph, valueGraph } from "./critic-graph.ts";
import { valueHeadShapes } from "./value-head.ts";
import type { ValueLoss } from "./value-loss.ts";

const VALUE_HEAD = "value.safetensors";

export class ValueHead {
  readonly state: OptimizerState;
  private readonly runner: ForestRunner;
  private held: WeightSet;

  private constructor(runner: ForestRunner, state: OptimizerState, held: WeightSet) {
    this.runner = runner;
    this.state = state;
    this.held = held;
  }

  static async start(runner: ForestRunner): Promise<ValueHead> {
    const { runtime } = runner.programs;
    const shapes = valueHeadShapes(runner.config);
    const zeros = shapes.map(({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)) }] as const);
    // Programs of its own: those of an optimiser are known by a number.
    const state = await OptimizerState.start(new Programs(runtime), shapes);
    return new ValueHead(
      runner,
      state,
      new WeightSet(runtime, await uploadAll(runtime, shapes, readerOf(new Map(zeros)))),
    );
  }

  get weights(): WeightSet {
    return this.held;
  }

  /** `trunk`: the policy's weights, as they are sampled from. */
  async values(trees: readonly LossTree[], trunk: WeightSet): Promise<readonly Float32Array[]> {
    const { config, programs, microBatchTokens } = this.runner;
    const values = new PathArrays(trees);
    for (const pieces of cutMicroBatches(trees, microBatchTokens)) {
      const forest = packForest(trees, pieces, []);
      const program = await programs.get(`values ${JSON.stringify(forest.shape)}`, () =>
        valueGraph(config, forest.shape),
      );
      const { host } = await programs.run(program, { ...trunk.tensors, ...this.held.tensors, ...forest.scoring });
      values.take(forest, host["values_S"]?.data);
    }
    return values.arrays;
  }

  async accumulate(trees: readonly LossTree[], loss: ValueLoss, trunk: WeightSet): Promise<CriticReport> {
    const { config, programs, microBatchTokens } = this.runner;
    const values = new PathArrays(trees);
    let total = 0;
    for (const pieces of cutMicroBatches(trees, microBatchTokens)) {
      const forest = packForest(trees, pieces, []);
      const key = `value head ${loss.key} ${JSON.stringify(forest.shape)}`;
      const program = await programs.get(key, () => headTrainingGraph(config, forest.shape, loss));
      const given = { ...trunk.tensors, ...this.held.tensors, ...this.state.gradient };
      const inputs = { ...given, ...forest.scoring, ...forest.training };
      const { host, device } = await programs.run(program, inputs, isGradient);
      this.state.takeGradient(device);
      total += host["valueLoss"]?.data[0] ?? Number.NaN;
      values.take(forest, host["values_S"]?.data);
    }
    return { loss: total, values: values.arrays };
  }

  async step(step: OptimizerStep): Promise<OptimizerReport> {
    const { report, trained } = await this.state.update(this.held.tensors, step);
    if (trained !== null) this.replace(trained);
    return report;
  }

  async save(store: BlobStore): Promise<void> {
    this.state.checkSettled();
    const { tensors, metadata } = this.state.saved;
    const head = deviceReader(this.runner.programs.runtime, valueHeadShapes(this.runner.config), this.held.tensors);
    await store.write(VALUE_HEAD, safetensorsPieces(joinedReader(head, tensors), metadata));
  }

  /** Reads and checks what a checkpoint has; what comes back puts it in place. */
  async open(store: BlobStore): Promise<() => void> {
    const { runtime } = this.runner.programs;
    const shapes = valueHeadShapes(this.runner.config);
    const names = new Set(shapes.map(({ name }) => name));
    const file = await openSafetensors(await store.open(VALUE_HEAD), VALUE_HEAD);
    try {
      const head = renamedReader(file, (name) => (names.has(name) ? name : undefined));
      checkShapes(shapes, head, [], VALUE_HEAD);
      const state = await this.state.restore(file, VALUE_HEAD);
      const tensors = await uploadAll(runtime, shapes, head);
      return () => {
        this.replace(tensors);
        this.state.adopt(state);
      };
    } finally {
      await file.close();
    }
  }

  dispose(): void {
    this.held.release();
    this.state.dispose();
  }

  private replace(tensors: DeviceTensors): void {
    this.held.release();
    this.held = new WeightSet(this.runner.programs.runtime, tensors);
  }
}
