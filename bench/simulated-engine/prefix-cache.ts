/**
 * The prefix cache of one replica, as vLLM keeps it: whole blocks of 16 tokens, known by the hash of all tokens up to their end;
 * the block unused longest goes first. What was prompted and what was generated is kept alike.
 */

const BLOCK = 16;

export class PrefixCache {
  /** Hash of a block's prefix, in order of use. */
  private readonly blocks = new Set<number>();
  private readonly capacity: number;

  constructor(tokens: number) {
    this.capacity = Math.floor(tokens / BLOCK);
  }

  /** How many of the first tokens are held; then all of them are. */
  take(tokens: ArrayLike<number>): number {
    let held = 0;
    let missed = false;
    let hash = 0;
    for (let at = 0; at + BLOCK <= tokens.length; at += BLOCK) {
      hash = extended(hash, tokens, at);
      missed ||= !this.blocks.has(hash);
      if (!missed) held += BLOCK;
      this.blocks.delete(hash);
      this.blocks.add(hash);
    }
    this.evict();
    return held;
  }

  clear(): void {
    this.blocks.clear();
  }

  private evict(): void {
    for (const oldest of this.blocks) {
      if (this.blocks.size <= this.capacity) return;
      this.blocks.delete(oldest);
    }
  }
}

/** 53 bits: two hashes of 32, of which one gives 21. */
function extended(before: number, tokens: ArrayLike<number>, at: number): number {
  let a = (before % 0x100000000) ^ 0x9e3779b9;
  let b = Math.floor(before / 0x100000000) ^ 0x85ebca6b;
  for (let i = at; i < at + BLOCK; i++) {
    const token = tokens[i] ?? 0;
    a = Math.imul(a ^ token, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + token, 0xc2b2ae35);
    b ^= b >>> 13;
  }
  return (b & 0x1fffff) * 0x100000000 + (a >>> 0);
}
