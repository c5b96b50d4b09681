/**
 * A rollout tree as one line of JSON and back, every bit of every number kept: what was sampled is trained on later as if the run
 * had never stopped. The long arrays of a turn are packed as bytes, which is also a third of the digits and of the time.
 */
import type { DiscardedProbe, PolicyTurn, RolloutTree, ToolResult, TreeNode } from "../rollout/tree.ts";

/** base64 of little-endian numbers. */
type Packed = { readonly i32: string } | { readonly f32: string } | { readonly f64: string };

interface StoredTurn extends Omit<PolicyTurn, "ids" | "logprobs" | "entropies" | "topEntropies"> {
  readonly ids: Packed;
  readonly logprobs: Packed;
  readonly entropies: Packed;
  readonly topEntropies?: Packed;
}

interface StoredNode extends Omit<TreeNode, "turn" | "result"> {
  readonly turn: StoredTurn | null;
  readonly result: (Omit<ToolResult, "ids"> & { readonly ids: Packed }) | null;
}

interface StoredTree extends Omit<RolloutTree, "nodes" | "promptIds" | "discarded" | "rootTurn"> {
  readonly promptIds: Packed;
  readonly nodes: readonly StoredNode[];
  readonly discarded?: Omit<DiscardedProbe, "nodes"> & { readonly nodes: readonly StoredNode[] };
  readonly rootTurn?: StoredTurn;
}

export function treeToText(tree: RolloutTree): string {
  const { discarded, rootTurn } = tree;
  // Over what is there: the order of keys stays, and with it the bytes of what is written later.
  const stored = {
    ...tree,
    promptIds: packed(tree.promptIds),
    nodes: tree.nodes.map(storedNode),
    ...(discarded === undefined ? {} : { discarded: { ...discarded, nodes: discarded.nodes.map(storedNode) } }),
    ...(rootTurn === undefined ? {} : { rootTurn: storedTurn(rootTurn) }),
  } as StoredTree;
  // Readers of lines end one at these, too.
  return JSON.stringify(stored, namedNumber).replace(
    /[\u2028\u2029]/g,
    (end) => `\\u${end.charCodeAt(0).toString(16)}`,
  );
}

export function treeFromText(text: string): RolloutTree {
  const stored = JSON.parse(text, numberOfName) as StoredTree;
  const { discarded, rootTurn } = stored;
  return {
    ...stored,
    promptIds: unpacked(stored.promptIds),
    nodes: stored.nodes.map(nodeOf),
    ...(discarded === undefined ? {} : { discarded: { ...discarded, nodes: discarded.nodes.map(nodeOf) } }),
    ...(rootTurn === undefined ? {} : { rootTurn: turnOf(rootTurn) }),
  } as RolloutTree;
}

function storedNode(node: TreeNode): StoredNode {
  const { turn, result } = node;
  return {
    ...node,
    turn: turn === null ? null : storedTurn(turn),
    result: result === null ? null : { ...result, ids: packed(result.ids) },
  };
}

function storedTurn(turn: PolicyTurn): StoredTurn {
  return {
    ...turn,
    ids: packed(turn.ids),
    logprobs: packed(turn.logprobs),
    entropies: packed(turn.entropies),
    ...(turn.topEntropies === undefined ? {} : { topEntropies: packed(turn.topEntropies) }),
  } as StoredTurn;
}

function nodeOf(node: StoredNode): TreeNode {
  const { turn, result } = node;
  return {
    ...node,
    turn: turn === null ? null : turnOf(turn),
    result: result === null ? null : { ...result, ids: unpacked(result.ids) },
  };
}

function turnOf(turn: StoredTurn): PolicyTurn {
  return {
    ...turn,
    ids: unpacked(turn.ids),
    logprobs: unpacked(turn.logprobs),
    entropies: unpacked(turn.entropies),
    ...(turn.topEntropies === undefined ? {} : { topEntropies: unpacked(turn.topEntropies) }),
  } as PolicyTurn;
}

/** In the narrowest type that holds every one of them exactly. */
function packed(values: readonly number[]): Packed {
  if (values.every((value) => Object.is(value | 0, value))) return { i32: base64(Int32Array.from(values)) };
  if (values.every((value) => Object.is(Math.fround(value), value))) return { f32: base64(Float32Array.from(values)) };
  return { f64: base64(Float64Array.from(values)) };
}

function unpacked(stored: Packed): number[] {
  if ("i32" in stored) return Array.from(new Int32Array(bytesOf(stored.i32)));
  if ("f32" in stored) return Array.from(new Float32Array(bytesOf(stored.f32)));
  return Array.from(new Float64Array(bytesOf(stored.f64)));
}

function base64({ buffer }: { readonly buffer: ArrayBuffer }): string {
  return Buffer.from(buffer).toString("base64");
}

/** In memory of its own, which typed arrays can be laid over. */
function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, "base64")).buffer;
}

/** Numbers that JSON has no word for are objects with this key, which no tree has. */
const NUMBER = "#number";
const NAMED = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

function namedNumber(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { [NUMBER]: Object.is(value, -0) ? "-0" : String(value) };
}

function numberOfName(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(NUMBER in value) || Object.keys(value).length > 1) return value;
  return NAMED.find((each) => (Object.is(each, -0) ? "-0" : String(each)) === value[NUMBER]) ?? value;
}
