/** Seeds as servers take them: below 2^31, with room for the few that a request may count on from its own. */
import { derivedSeed } from "../../../std/random.ts";

const SEEDS = 2 ** 31 - 1024;

/** `part`: of a request that takes several calls, from 0. Seeds of neighbours are far apart. */
export function serverSeed(seed: number, part: number): number {
  return derivedSeed(seed, "tinker", part) % SEEDS;
}
