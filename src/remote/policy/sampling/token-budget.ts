/** How many new tokens a server is asked for: some compile a program for every number, so there are few. */

const SMALLEST = 16;

/** `room`: what the model's longest sequence leaves. */
export function tokensToAsk(wanted: number, room: number, rounding: "powersOfTwo" | "exact"): number {
  if (rounding === "exact") return wanted;
  const bucket = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(wanted)));
  return bucket <= room ? bucket : wanted;
}
