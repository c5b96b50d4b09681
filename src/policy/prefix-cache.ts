/**
 * Which token's keys and values are in which slot of the pools: a trie whose nodes are slots. A request finds its longest
 * cached prefix by token ids, so a fork copies nothing and recomputes nothing (AEPO-R7).
 * Invariants: a node's ancestors are as recently used and as pinned as itself; only unpinned nodes are evicted, least
 * recently used first, descendants before ancestors. Deterministic: it depends on the sequence of calls alone.
 */
import { SlotPool } from "./slot-pool.ts";

const ROOT = -1;

export class PrefixCache {
  readonly capacity: number;
  private readonly parents: Int32Array;
  private readonly tokens: Int32Array;
  private readonly depths: Int32Array;
  /** Number of open sequences that go through the node. */
  private readonly pins: Int32Array;
  private readonly lastUsed: Float64Array;
  /** 1 once its keys and values are in the pools. */
  private readonly ready: Uint8Array;
  private readonly slots: SlotPool;
  /** Slot by (parent, token). */
  private readonly children = new Map<number, number>();
  private readonly vocabularySize: number;

  constructor(capacity: number, vocabularySize: number) {
    this.capacity = capacity;
    this.vocabularySize = vocabularySize;
    this.parents = new Int32Array(capacity);
    this.tokens = new Int32Array(capacity);
    this.depths = new Int32Array(capacity);
    this.pins = new Int32Array(capacity);
    this.lastUsed = new Float64Array(capacity).fill(-1);
    this.ready = new Uint8Array(capacity);
    this.slots = new SlotPool(capacity);
  }

  /** Slot of `token` after the token in slot `parent` (−1 at the start), or −1. */
  find(parent: number, token: number): number {
    return this.children.get(this.key(parent, token)) ?? -1;
  }

  isReady(slot: number): boolean {
    return this.ready[slot] === 1;
  }

  /** Takes a slot for a token that is about to be computed, pinned once. The parent must be pinned. */
  insert(parent: number, token: number, now: number): number {
    if (this.slots.freeCount === 0) this.evict();
    if (this.slots.freeCount === 0) throw new RangeError("every slot of the prefix cache is pinned");
    const slot = this.slots.take(parent);
    this.parents[slot] = parent;
    this.tokens[slot] = token;
    this.depths[slot] = parent === ROOT ? 0 : (this.depths[parent] ?? 0) + 1;
    this.pins[slot] = 1;
    this.lastUsed[slot] = now;
    this.ready[slot] = 0;
    this.children.set(this.key(parent, token), slot);
    return slot;
  }

  markReady(slot: number): void {
    this.ready[slot] = 1;
  }

  pin(slot: number, now: number): void {
    this.pins[slot] = (this.pins[slot] ?? 0) + 1;
    this.lastUsed[slot] = now;
  }

  unpin(slot: number, now: number): void {
    this.pins[slot] = (this.pins[slot] ?? 0) - 1;
    this.lastUsed[slot] = now;
  }

  /** Frees the least recently used eighth, so that the search for it is paid once for many insertions. */
  private evict(): void {
    const unpinned: number[] = [];
    // Called when no slot is free, so that every unpinned one is a node.
    for (let slot = 0; slot < this.capacity; slot++) if (this.pins[slot] === 0) unpinned.push(slot);
    const used = (slot: number): number => this.lastUsed[slot] ?? 0;
    const depth = (slot: number): number => this.depths[slot] ?? 0;
    unpinned.sort((a, b) => used(a) - used(b) || depth(b) - depth(a) || a - b);
    for (const slot of unpinned.slice(0, Math.max(1, this.capacity >> 3))) {
      this.children.delete(this.key(this.parents[slot] ?? ROOT, this.tokens[slot] ?? 0));
      this.slots.release(slot);
    }
  }

  private key(parent: number, token: number): number {
    return (parent + 1) * this.vocabularySize + token;
  }
}
