import { describe, expect, it } from "vitest";
import { PrefixCache } from "./prefix-cache.ts";

/** Inserts a path of tokens under `parent`, ready and pinned; returns its slots. */
function grow(cache: PrefixCache, parent: number, tokens: readonly number[], now: number): number[] {
  let at = parent;
  return tokens.map((token) => {
    at = cache.insert(at, token, now);
    cache.markReady(at);
    return at;
  });
}

describe("PrefixCache", () => {
  it("AEPO-R7: finds tokens by what stands before them", () => {
    const cache = new PrefixCache(8, 100);
    const [a = -1, b = -1] = grow(cache, -1, [5, 6], 1);
    const [c = -1] = grow(cache, a, [7], 1);
    expect(cache.find(-1, 5)).toBe(a);
    expect(cache.find(a, 6)).toBe(b);
    expect(cache.find(a, 7)).toBe(c);
    expect(cache.find(b, 7)).toBe(-1);
    expect(new Set([a, b, c]).size).toBe(3);
  });

  it("evicts the least recently used first, descendants before ancestors, and nothing pinned", () => {
    const cache = new PrefixCache(4, 100);
    const [root = -1, old = -1] = grow(cache, -1, [1, 2], 1);
    const [young = -1] = grow(cache, root, [3], 1);
    const [held = -1] = grow(cache, root, [4], 1);
    cache.unpin(old, 2);
    cache.unpin(young, 3);
    cache.unpin(root, 3);
    // Full: one slot is freed, that of token 2.
    cache.insert(held, 9, 4);
    expect(cache.find(root, 2)).toBe(-1);
    expect(cache.find(root, 3)).toBe(young);
    cache.insert(held, 8, 5);
    expect(cache.find(root, 3)).toBe(-1);
    expect(cache.find(root, 4)).toBe(held);
    expect(cache.find(-1, 1)).toBe(root);
  });

  it("fails when everything is pinned", () => {
    const cache = new PrefixCache(1, 100);
    cache.insert(-1, 1, 1);
    expect(() => cache.insert(-1, 2, 1)).toThrow("every slot of the prefix cache is pinned");
  });
});
