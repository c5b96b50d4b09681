import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlotPool } from "./slot-pool.ts";

describe("SlotPool", () => {
  it("gives a sequence consecutive slots and sequences runs of their own", () => {
    const pool = new SlotPool(64);
    let [a, b] = [pool.take(-1), pool.take(-1)];
    const [first, second] = [[a], [b]];
    for (let i = 0; i < 15; i++) {
      first.push((a = pool.take(a)));
      second.push((b = pool.take(b)));
    }
    expect(first).toEqual([...Array(16).keys()]);
    expect(second).toEqual(first.map((slot) => slot + 16));
    // The run is over: a new one begins.
    expect(pool.take(a)).toBe(32);
  });

  it("gives every slot once, whatever is taken and released", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 300 }),
        (size, acts) => {
          const pool = new SlotPool(size);
          const held: number[] = [];
          for (const [takes, n] of acts) {
            if (takes && pool.freeCount > 0) {
              const slot = pool.take(held.length === 0 ? -1 : (held[n % held.length] ?? -1));
              expect(slot >= 0 && slot < size && !held.includes(slot)).toBe(true);
              held.push(slot);
            } else if (!takes && held.length > 0) {
              const [slot = -1] = held.splice(n % held.length, 1);
              pool.release(slot);
            }
            expect(pool.freeCount).toBe(size - held.length);
          }
          while (pool.freeCount > 0) held.push(pool.take(-1));
          expect(held.toSorted((x, y) => x - y)).toEqual([...Array(size).keys()]);
        },
      ),
    );
  });
});
