/**
 * The likeliest tokens at every place of a sequence: the sequence goes through the model once, its hidden states stay on the
 * device, and the vocabulary's end is computed for a few of them at a time.
 */
import type { Graph } from "../engine/graph.ts";
import { gatherRows, input, logSumExp, reshape, sub } from "../engine/ops.ts";
import type { ModelConfig } from "./config.ts";
import { ints, packForest } from "./forest.ts";
import { forestModel } from "./forest-graph.ts";
import { type ForestRunner, sequenceTree } from "./forest-runner.ts";
import type { TokenLogprob } from "./policy.ts";
import { mostLikely } from "./shape-distribution.ts";
import { nextTokenLogits, parameterInputs } from "./transformer.ts";
import type { DeviceTensors } from "./weights.ts";

/** Elements of log-probabilities that come to the host at once: 16 MiB. */
const PIECE_ELEMENTS = 2 ** 22;

const HIDDEN = "x_SD";

/** The `count` likeliest tokens at places 1 … n − 1, likeliest first, at temperature 1. */
export async function topLogprobs(
  { config, programs }: ForestRunner,
  weights: DeviceTensors,
  ids: readonly number[],
  count: number,
): Promise<readonly (readonly TokenLogprob[])[]> {
  if (ids.length < 2) return [];
  const tree = sequenceTree(ids);
  const forest = packForest([tree], [{ tree: 0, paths: [0], tokens: ids.length - 1 }], []);
  const key = JSON.stringify(forest.shape);
  const trunk = await programs.get(`hidden ${key}`, () => ({
    outputs: { [HIDDEN]: forestModel(config, forest.shape, parameterInputs(config)).x_SD },
  }));
  const { device } = await programs.run(trunk, { ...weights, ...forest.scoring }, () => true);
  try {
    const places = forest.paths[0]?.scored ?? new Int32Array();
    const rows = Math.max(1, Math.min(64, Math.floor(PIECE_ELEMENTS / config.vocab_size)));
    const head = await programs.get(`distributions ${rows} ${key}`, () => headGraph(config, forest.shape.scored, rows));
    const found: TokenLogprob[][] = [];
    for (let from = 0; from < places.length; from += rows) {
      const rows_R = new Int32Array(rows);
      rows_R.set(places.subarray(from, from + rows));
      const inverseTemperature_R = { dtype: "f32", shape: [rows], data: new Float32Array(rows).fill(1) } as const;
      const { host } = await programs.run(head, { ...weights, ...device, rows_R: ints(rows_R), inverseTemperature_R });
      const all = host["logprobs_RV"]?.data;
      if (!(all instanceof Float32Array)) throw new RangeError("no log-probabilities came back");
      const V = config.vocab_size;
      const wanted = Math.min(rows, places.length - from);
      for (let r = 0; r < wanted; r++) found.push(mostLikely(all.subarray(r * V, (r + 1) * V), count, 0));
    }
    return found;
  } finally {
    programs.runtime.free(...Object.values(device));
  }
}

function headGraph(config: ModelConfig, scored: number, rows: number): Graph {
  const x_RD = gatherRows(input(HIDDEN, [scored, config.hidden_size]), input("rows_R", [rows], "i32"));
  const logits_RV = nextTokenLogits(config, parameterInputs(config), x_RD, input("inverseTemperature_R", [rows]));
  return { outputs: { logprobs_RV: sub(logits_RV, reshape(logSumExp(logits_RV), [rows, 1])) } };
}
