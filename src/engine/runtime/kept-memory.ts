/**
 * Which session keeps its working memory between runs. Blocks of 32 MB and more are mapped and cleared anew at every run
 * (8 % of a step at 8M parameters and a vocabulary of 8,192); an arena keeps them, but nobody else can use them. So one
 * session has an arena: the one whose program runs again and again.
 */

/** A program counts if one of its tensors has so many bytes: below, an arena gained nothing. */
const LARGE_BYTES = 16 * 2 ** 20;
/** Above, an arena holds far more than the run needs at any time (9.2 GiB instead of 6.2 at 135M parameters) and saves little. */
const HUGE_BYTES = 64 * 2 ** 20;
/** Runs since the holder last ran. Compiling a program again costs about a run. */
const RUNS_TO_TAKE_OVER = 3;

/** Whether a program that runs again and again is given an arena. */
export function mayKeepArena(largestBytes: number): boolean {
  return largestBytes >= LARGE_BYTES && largestBytes <= HUGE_BYTES;
}

export class KeptMemory {
  /** Id of the session with the arena. */
  holder: string | undefined;
  private readonly runsSinceHolder = new Map<string, number>();

  /** Counts a run; true if this session is to have the arena from now on. */
  claims(id: string, largestBytes: number): boolean {
    if (!mayKeepArena(largestBytes)) return false;
    if (id === this.holder) {
      this.runsSinceHolder.clear();
      return true;
    }
    const runs = (this.runsSinceHolder.get(id) ?? 0) + 1;
    this.runsSinceHolder.set(id, runs);
    return runs >= RUNS_TO_TAKE_OVER;
  }

  moveTo(id: string | undefined): void {
    this.holder = id;
    this.runsSinceHolder.clear();
  }
}
