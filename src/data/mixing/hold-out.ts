/**
 * What is held out: by the text of a question alone, so that it stays on its side when rows are added, moved or repeated, and no
 * question stands on both.
 */
import { randomStream } from "../../std/random.ts";

/** `seed`: null for the same questions in every run. */
export function isHeldOut(key: string, share: number, seed: number | null): boolean {
  return randomStream(seed ?? 0, seed === null ? "held out" : "held out by seed", key).uniform() < share;
}
