/**
 * Algebra in threads that can be killed. A pair that takes longer than its time is late, and its thread is replaced; starting
 * one is not counted as a pair's time. Threads start with the first question.
 */
import PQueue from "p-queue";
import { openWorkerPool, type WorkerPool } from "../../toolbox/worker-pool.ts";
import type { Algebra, Comparison, ExpressionPair } from "./same-leaf.ts";

export interface AlgebraOptions {
  /** Pairs compared at once; each thread takes about 110 MB. */
  readonly threads: number;
  /** Time of one pair. */
  readonly timeoutMs: number;
}

export interface OpenAlgebra {
  readonly algebra: Algebra;
  close(): Promise<void>;
}

const MEMORY_MIB = 512;
/** Known by their texts; a run asks the same again and again. */
const KEPT_ANSWERS = 10_000;

export function openAlgebra({ threads, timeoutMs }: AlgebraOptions): OpenAlgebra {
  const lanes = Array.from({ length: threads }, () => lane(timeoutMs));
  const free = [...lanes];
  const queue = new PQueue({ concurrency: threads });
  const known = new Map<string, Promise<Comparison>>();
  const ask = async (pair: ExpressionPair): Promise<Comparison> =>
    queue.add(async () => {
      const own = free.pop();
      if (own === undefined) return "undecided";
      try {
        return await own.compare(pair);
      } finally {
        free.push(own);
      }
    });
  return {
    algebra: async (pair) => {
      const key = JSON.stringify([pair.a, pair.b, pair.rounded]);
      const answer = known.get(key) ?? ask(pair);
      known.delete(key);
      known.set(key, answer);
      if (known.size > KEPT_ANSWERS) known.delete(known.keys().next().value ?? "");
      return answer;
    },
    close: async () => {
      queue.clear();
      await Promise.all(lanes.map(async (one) => one.close()));
    },
  };
}

interface Lane {
  compare(pair: ExpressionPair): Promise<Comparison>;
  close(): Promise<void>;
}

/** One thread, started when it is needed. */
function lane(timeoutMs: number): Lane {
  let pool: WorkerPool<ExpressionPair, Comparison> | null = null;
  let isWarm = false;
  const compare = async (pair: ExpressionPair): Promise<Comparison> => {
    pool ??= openWorkerPool({
      from: import.meta.url,
      file: "algebra-worker",
      work: "compareExpressions",
      threads: 1,
      memoryMiB: MEMORY_MIB,
    });
    try {
      // Start-up and what compute-engine loads when it is first asked are no part of a pair's time.
      if (!isWarm) await pool.run(WARM_UP, new AbortController().signal);
      isWarm = true;
      return await pool.run(pair, AbortSignal.timeout(timeoutMs));
    } catch {
      // Killed, or out of memory: the next pair gets a new thread.
      isWarm = false;
      return "late";
    }
  };
  return { compare, close: async () => pool?.close() };
}

const WARM_UP: ExpressionPair = { a: "(x+1)^{2}", b: "x^{2}+2x+1", rounded: false };
