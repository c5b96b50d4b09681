/** How many new tokens a server is asked for: some compile a program for every number, so only powers of two are. */

const SMALLEST = 16;

/**
 * `wanted` and `room`, what the model's longest sequence leaves, are at least 1. The answer may be less than is wanted where no
 * power of two between fits the room: the continuation then asks again.
 */
export function tokensToAsk(wanted: number, room: number, rounding: "powersOfTwo" | "exact"): number {
  if (rounding === "exact") return wanted;
  const enough = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(wanted)));
  return Math.min(enough, 2 ** Math.floor(Math.log2(room)));
}
