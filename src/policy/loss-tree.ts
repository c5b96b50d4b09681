/** Checks of what callers hand in as a tree to train on, before anything is computed from it. */
import { AepoError } from "../std/errors.ts";
import type { LossPath, LossTree } from "./policy.ts";

/** Throws unless parents precede children, ids are tokens, and every trained token has a parent and lies on its path. */
export function checkLossTree(tree: LossTree, vocabularySize: number): void {
  const { ids, parents } = tree;
  if (ids.length !== parents.length) {
    throw new AepoError("policy", `a tree has ${ids.length} tokens and ${parents.length} parents`, {
      expected: "one parent a token",
    });
  }
  for (let i = 0; i < ids.length; i++) {
    const [id, parent] = [ids[i] ?? -1, parents[i] ?? -2];
    if (!(id >= 0 && id < vocabularySize)) outside(`token ${i} of a tree`, id, vocabularySize);
    if (parent < -1 || parent >= i) {
      throw new AepoError("policy", `token ${i} of a tree has parent ${parent}`, {
        expected: `an index below ${i}, or −1`,
      });
    }
  }
  for (const [index, path] of tree.paths.entries()) checkPath(tree, path, index);
}

function checkPath({ parents }: LossTree, path: LossPath, index: number): void {
  const { leaf, tokens } = path;
  for (const name of ["oldLogprobs", "advantages", "referenceLogprobs", "weights"] as const) {
    const { length } = path[name] ?? tokens;
    if (length === tokens.length) continue;
    throw new AepoError("policy", `path ${index} has ${tokens.length} trained tokens and ${length} ${name}`, {
      expected: "one entry a trained token",
    });
  }
  checkTargets(path, index);
  if (!(Number.isInteger(leaf) && leaf >= 0 && leaf < parents.length)) {
    throw new AepoError("policy", `path ${index} ends at token ${leaf}`, {
      expected: `0 to ${parents.length - 1}`,
    });
  }
  let next = tokens.length - 1;
  for (let i = leaf; i >= 0 && next >= 0; i = parents[i] ?? -1) {
    if (i !== tokens[next]) continue;
    if ((parents[i] ?? -1) < 0) {
      throw new AepoError("policy", `path ${index} trains token ${i}, which has no parent to predict it from`);
    }
    next--;
  }
  if (next < 0) return;
  throw new AepoError(
    "policy",
    `token ${tokens[next]} is not on path ${index}, or its trained tokens are out of order`,
    {
      expected: `ascending tokens among the ancestors of ${leaf}`,
    },
  );
}

function checkTargets({ tokens, targets }: LossPath, index: number): void {
  for (const [name, { length }] of Object.entries(targets ?? {})) {
    if (length === tokens.length) continue;
    throw new AepoError("policy", `path ${index} has ${tokens.length} trained tokens and ${length} ${name}`, {
      expected: "one entry a trained token",
    });
  }
}

/** Throws unless every id is a token of the vocabulary. */
export function checkIds(ids: readonly number[], vocabularySize: number, what: string): void {
  for (const id of ids)
    if (!(Number.isInteger(id) && id >= 0 && id < vocabularySize)) outside(what, id, vocabularySize);
}

function outside(what: string, id: number, vocabularySize: number): never {
  throw new AepoError("policy", `${what}: there is no token ${id}`, {
    expected: `0 to ${vocabularySize - 1}`,
  });
}
