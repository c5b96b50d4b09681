/**
 * Which cache slots are free. Consecutive tokens of a sequence get consecutive slots where that is possible, in runs of 16:
 * attention gathers a sequence's keys and values, and neighbours in memory come faster. Deterministic.
 */

const RUN = 16;

export class SlotPool {
  private readonly taken: Uint8Array;
  /** Where runs may begin, the next one last; some may have been taken since. */
  private candidates: number[] = [];
  private free: number;

  constructor(capacity: number) {
    this.taken = new Uint8Array(capacity);
    this.free = capacity;
  }

  get freeCount(): number {
    return this.free;
  }

  /** A free slot: the one after `previous` if its run goes on. Throws if none is free. */
  take(previous: number): number {
    const next = previous + 1;
    const goesOn = previous >= 0 && next % RUN !== 0 && next < this.taken.length && this.taken[next] === 0;
    const slot = goesOn ? next : this.begin();
    this.taken[slot] = 1;
    this.free--;
    return slot;
  }

  release(slot: number): void {
    this.taken[slot] = 0;
    this.free++;
  }

  private begin(): number {
    if (this.free === 0) throw new RangeError("no slot is free");
    for (;;) {
      if (this.candidates.length === 0) this.candidates = this.listFree();
      const slot = this.candidates.pop();
      if (slot !== undefined && this.taken[slot] === 0) return slot;
    }
  }

  /** Starts of wholly free runs, in order; once there are none, every free slot. */
  private listFree(): number[] {
    const starts: number[] = [];
    const all: number[] = [];
    for (let start = 0; start < this.taken.length; start += RUN) {
      const run = this.taken.subarray(start, start + RUN);
      if (run.every((taken) => taken === 0)) starts.push(start);
      for (const [i, taken] of run.entries()) if (taken === 0) all.push(start + i);
    }
    return (starts.length > 0 ? starts : all).reverse();
  }
}
