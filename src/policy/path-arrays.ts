/** What micro-batches found, put back together: one array a path with one entry a trained token, trees and paths in order. */
import type { PackedForest } from "./forest.ts";
import type { LossTree } from "./policy.ts";

export class PathArrays {
  /** By tree, then path; a path without trained tokens is in no micro-batch. */
  private readonly found: Float32Array[][];

  constructor(trees: readonly LossTree[]) {
    this.found = trees.map(({ paths }) => paths.map(() => new Float32Array()));
  }

  /** `all_S`: one number a scored position of the forest. */
  take({ paths }: PackedForest, all_S: ArrayLike<number> = []): void {
    for (const { tree, path, scored } of paths) {
      const ofTree = this.found[tree];
      if (ofTree !== undefined) ofTree[path] = Float32Array.from(scored, (place) => all_S[place] ?? Number.NaN);
    }
  }

  get arrays(): Float32Array[] {
    return this.found.flat();
  }
}
