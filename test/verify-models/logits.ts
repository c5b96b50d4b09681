/**
 * Logits, which no policy gives out: the forest's attention and the transformer's residual stream that scoring and training
 * run, ended where the vocabulary's product is done.
 */
import { input } from "../../src/engine/ops.ts";
import type { Graph } from "../../src/engine/graph.ts";
import type { ModelConfig } from "../../src/policy/config.ts";
import { packForest } from "../../src/policy/forest.ts";
import { forestAttention } from "../../src/policy/forest-attention.ts";
import type { ForestShape } from "../../src/policy/forest-shape.ts";
import type { LossTree } from "../../src/policy/policy.ts";
import type { Programs } from "../../src/policy/programs.ts";
import { nextTokenLogits, parameterInputs, residualStream } from "../../src/policy/transformer.ts";
import type { DeviceTensors } from "../../src/policy/weights.ts";

/** A sequence as a tree with one path, on which everything but the first token is trained. */
export function sequenceTree(ids: readonly number[], advantages: readonly number[], weight: number): LossTree {
  const count = ids.length - 1;
  const path = {
    leaf: count,
    tokens: Int32Array.from({ length: count }, (_, i) => i + 1),
    oldLogprobs: new Float32Array(count),
    advantages: Float32Array.from(advantages),
    weights: new Float32Array(count).fill(weight),
  };
  return { ids: Int32Array.from(ids), parents: Int32Array.from(ids, (_, i) => i - 1), paths: [path] };
}

/** Logits after every token, [ids, vocabulary]. */
export async function sequenceLogits(
  programs: Programs,
  config: ModelConfig,
  weights: DeviceTensors,
  ids: readonly number[],
): Promise<Float32Array> {
  // One token more, whatever it is: the last one's successor is wanted, too.
  const tree = sequenceTree([...ids, 0], Array<number>(ids.length).fill(0), 1);
  const forest = packForest([tree], [{ tree: 0, paths: [0], tokens: ids.length }], [1]);
  const program = await programs.get(`logits ${JSON.stringify([config, forest.shape])}`, () =>
    logitsGraph(config, forest.shape),
  );
  const { host } = await programs.run(program, { ...weights, ...forest.scoring });
  const logits_SV = host["logits_SV"]?.data ?? new Float32Array();
  const width = config.vocab_size;
  const found = new Float32Array(ids.length * width);
  for (const [i, row] of [...(forest.paths[0]?.scored ?? [])].entries()) {
    found.set(logits_SV.subarray(row * width, (row + 1) * width), i * width);
  }
  return found;
}

function logitsGraph(config: ModelConfig, shape: ForestShape): Graph {
  const parameters = parameterInputs(config);
  const tokens = {
    ids_T: input("ids_T", [shape.tokens], "i32"),
    positions_T: input("positions_T", [shape.tokens], "i32"),
    wanted_S: input("predecessor_S", [shape.scored], "i32"),
  };
  const { x_SD } = residualStream(config, parameters, tokens, forestAttention(config, shape, tokens.positions_T));
  return {
    outputs: { logits_SV: nextTokenLogits(config, parameters, x_SD, input("inverseTemperature_S", [shape.scored])) },
  };
}
