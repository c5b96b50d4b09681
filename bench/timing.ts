/**
 * Interleaved timing: on a machine that is not quiet, two things are only comparable when they took turns. Every
 * measurement is one unit of work of one contestant; rounds go back and forth so that drift hits all alike.
 */
import { systemClock } from "../src/std/clock.ts";

/** Something measured: one call is one unit of work and resolves to its wall time in seconds. */
export interface Contestant {
  readonly name: string;
  measure(): Promise<number>;
}

/** A contestant of this process: the time of `work`. */
export function timed(name: string, work: () => Promise<unknown>): Contestant {
  return {
    name,
    async measure() {
      const startedMs = systemClock.nowMs();
      await work();
      return (systemClock.nowMs() - startedMs) / 1000;
    },
  };
}

export interface Timings {
  /** Seconds of a contestant, one a round. Throws on a name that did not run. */
  of(name: string): readonly number[];
  median(name: string): number;
  best(name: string): number;
}

/** One warm-up of each, then rounds in alternating order. Thread pools of the last one get a moment to fall asleep. */
export async function takeTurns(contestants: readonly Contestant[], rounds: number): Promise<Timings> {
  const seconds = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (const contestant of contestants) await contestant.measure();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const contestant of order) {
      await pause(20);
      seconds.get(contestant.name)?.push(await contestant.measure());
    }
  }
  const of = (name: string): readonly number[] => {
    const found = seconds.get(name);
    if (found === undefined) throw new RangeError(`no timings of ${name}`);
    return found;
  };
  return {
    of,
    median: (name) => median(of(name)),
    best: (name) => Math.min(...of(name)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
