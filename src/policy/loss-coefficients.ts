/**
 * d loss / d logprob and d loss / d entropy of every path-token, from the same expression that the embedded engine
 * differentiates: for engines that compute probabilities elsewhere and are told a coefficient a token.
 */
import { gradients } from "../engine/gradient.ts";
import type { Graph } from "../engine/graph.ts";
import { input } from "../engine/ops.ts";
import type { HostTensor } from "../engine/runtime/runtime.ts";
import { floats, ints } from "./forest.ts";
import { gridUp } from "./forest-shape.ts";
import type { Loss } from "./loss.ts";
import type { LossPath } from "./policy.ts";
import type { Programs } from "./programs.ts";

/** A path with what the current policy says of its trained tokens. */
export interface ScoredPath extends Pick<LossPath, "oldLogprobs" | "advantages" | "referenceLogprobs" | "weights"> {
  readonly logprobs: Float32Array;
  readonly entropies: Float32Array;
}

/** One array a path, in the order given. */
export interface LossCoefficients {
  readonly loss: number;
  readonly logprobs: readonly Float32Array[];
  readonly entropies: readonly Float32Array[];
}

export async function lossCoefficients(
  programs: Programs,
  loss: Loss,
  paths: readonly ScoredPath[],
): Promise<LossCoefficients> {
  const count = paths.reduce((sum, { logprobs }) => sum + logprobs.length, 0);
  const N = gridUp(count, 64, 1);
  const pathCount = gridUp(paths.length + 1, 4, 1);
  const program = await programs.get(`coefficients ${loss.key} ${N} ${pathCount}`, () =>
    coefficientGraph(loss, N, pathCount),
  );
  const { host } = await programs.run(program, coefficientInputs(paths, N, pathCount));
  const [byLogprob, byEntropy] = [host["logprobGradient_N"]?.data, host["entropyGradient_N"]?.data];
  let start = 0;
  const spans = paths.map(({ logprobs }) => {
    start += logprobs.length;
    return [start - logprobs.length, start] as const;
  });
  const cut = (all: ArrayLike<number> = []): Float32Array[] =>
    spans.map(([from, to]) => Float32Array.from(all).slice(from, to));
  return {
    loss: host["loss"]?.data[0] ?? Number.NaN,
    logprobs: cut(byLogprob),
    entropies: cut(byEntropy),
  };
}

function coefficientGraph(loss: Loss, N: number, pathCount: number): Graph {
  const logprobs_N = input("logprobs_N", [N]);
  const entropies_N = input("entropies_N", [N]);
  const value = loss.build({
    logprobs_N,
    entropies_N,
    oldLogprobs_N: input("oldLogprobs_N", [N]),
    advantages_N: input("advantages_N", [N]),
    referenceLogprobs_N: input("referenceLogprobs_N", [N]),
    weights_N: input("weights_N", [N]),
    path_N: input("path_N", [N], "i32"),
    pathCount,
  });
  const [logprobGradient_N, entropyGradient_N] = gradients(value, [logprobs_N, entropies_N]);
  if (logprobGradient_N === undefined || entropyGradient_N === undefined) throw new RangeError("two gradients");
  return { outputs: { loss: value, logprobGradient_N, entropyGradient_N } };
}

function coefficientInputs(paths: readonly ScoredPath[], N: number, pathCount: number): Record<string, HostTensor> {
  const joined = (of: keyof ScoredPath): HostTensor => {
    const data = new Float32Array(N);
    let at = 0;
    for (const path of paths) {
      data.set(path[of] ?? [], at);
      at += path.logprobs.length;
    }
    return floats(data);
  };
  const path_N = new Int32Array(N).fill(pathCount - 1);
  let at = 0;
  for (const [index, { logprobs }] of paths.entries()) {
    path_N.fill(index, at, at + logprobs.length);
    at += logprobs.length;
  }
  return {
    logprobs_N: joined("logprobs"),
    entropies_N: joined("entropies"),
    oldLogprobs_N: joined("oldLogprobs"),
    advantages_N: joined("advantages"),
    referenceLogprobs_N: joined("referenceLogprobs"),
    weights_N: joined("weights"),
    path_N: ints(path_N),
  };
}
