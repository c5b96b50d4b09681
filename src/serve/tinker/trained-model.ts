/**
 * The adapters that one client trains, as the protocol sees them: passes over datums, steps, weights to keep and to go on
 * from. Not to be called twice at a time: its lane sees to that.
 */
import type { AdamParams, ForwardResult } from "../../protocol/in-memory.ts";
import type { EmbeddedPolicy } from "../../policy/embedded.ts";
import type { BlobStore } from "../../policy/policy.ts";
import type { CheckedBatch } from "./batch.ts";
import { byTarget, type DatumTree, datumTree } from "./datum-tree.ts";
import { LOSSES, type Reduction, targetTerms } from "./losses.ts";
import { TinkerError } from "./tinker-error.ts";

export class TrainedModel {
  private readonly policy: EmbeddedPolicy;
  private readonly reduction: Reduction;
  /** Datums since the last step: what the mean over sequences is taken of. */
  private accumulated = 0;

  constructor(policy: EmbeddedPolicy, reduction: Reduction) {
    this.policy = policy;
    this.reduction = reduction;
  }

  async forward(batch: CheckedBatch): Promise<ForwardResult> {
    const trees = this.treesOf(batch);
    const scores = await this.policy.scoreTrees(trees.map(({ tree }) => tree));
    return resultOf(
      batch,
      trees,
      scores.map(({ logprobs }) => logprobs),
    );
  }

  async forwardBackward(batch: CheckedBatch): Promise<ForwardResult> {
    const trees = this.treesOf(batch);
    const { loss } = LOSSES[batch.loss];
    const report = await this.policy.accumulate(
      trees.map(({ tree }) => tree),
      loss,
      1,
    );
    this.accumulated += batch.datums.length;
    if (Number.isFinite(report.loss)) return resultOf(batch, trees, report.logprobs);
    throw new TinkerError(
      400,
      `the ${batch.loss} loss of these datums is not finite, and so is the accumulated gradient: the next optim_step will drop it. Check logprobs and advantages for numbers out of range`,
    );
  }

  async optimStep(adam: AdamParams): Promise<Readonly<Record<string, number>>> {
    const datums = this.accumulated;
    const scale = this.reduction === "mean" && datums > 0 ? 1 / datums : 1;
    const { gradientNorm, skipped } = await this.policy.learner.step(adam, scale);
    this.accumulated = 0;
    if (skipped) {
      throw new TinkerError(
        400,
        "the accumulated gradient is not finite: it was dropped, weights and moments are as they were before",
      );
    }
    return {
      ...(gradientNorm === null ? {} : { "skyrl.ai/grad_norm": gradientNorm, "aepo/gradient_norm": gradientNorm }),
      "skyrl.ai/learning_rate": adam.learningRate,
      "aepo/datums": datums,
    };
  }

  /** Weights and optimiser. */
  async save(store: BlobStore): Promise<void> {
    await this.policy.save(store);
  }

  /** Weights alone. */
  async saveWeights(store: BlobStore): Promise<void> {
    await this.policy.learner.saveWeights(store);
  }

  async load(store: BlobStore, optimizer: boolean): Promise<void> {
    if (optimizer) await this.policy.load(store);
    else await this.policy.learner.loadWeights(store);
    this.accumulated = 0;
  }

  async dispose(): Promise<void> {
    await this.policy.dispose();
  }

  private treesOf({ loss, datums }: CheckedBatch): DatumTree[] {
    return datums.map(({ tokens, targetTokens, targets }) =>
      datumTree(tokens, targetTokens, targetTerms(LOSSES[loss], targets, this.reduction)),
    );
  }
}

function resultOf(
  { loss, datums }: CheckedBatch,
  trees: readonly DatumTree[],
  found: readonly Float32Array[],
): ForwardResult {
  let total = 0;
  const outputs = byTarget(trees, found).map((logprobs, i) => {
    const targets = datums[i]?.targets ?? [];
    const elementwiseLoss = Float32Array.from(targets, (target, t) => LOSSES[loss].value(target, logprobs[t] ?? 0));
    total = elementwiseLoss.reduce((sum, x) => sum + x, total);
    return { logprobs, elementwiseLoss };
  });
  return { outputs, metrics: { "loss:sum": total } };
}
