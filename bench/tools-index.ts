/**
 * The offline index: 100,000 documents of 100 words, drawn as Zipf's law has them (as often as 1/rank, of 50,000 words), made and asked. In a
 * process of its own, so that its peak memory is its own. Wall time is what a user waits; processor time says what is left on a busy machine.
 */
import { fork } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RandomStream, randomStream } from "../src/std/random.ts";
import { note, rounded, row } from "./output.ts";
import type { PartOptions } from "./parts.ts";

const DOCUMENTS = 100_000;
const WORDS = 100;
const VOCABULARY = 50_000;
const QUERIES = 300;
/** Words of a query: short ones, and questions as people ask them. */
const QUERY_WORDS = [3, 6, 10];

export interface IndexJob {
  readonly corpus: string;
  readonly queries: readonly string[];
}

export interface IndexTimes {
  readonly documents: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly indexBytes: number;
  /** Of each query, once every word was seen: wall and processor. */
  readonly queryMs: readonly number[];
  readonly queryCpuMs: readonly number[];
}

export async function benchIndex({ count = DOCUMENTS }: PartOptions): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "aepo-bench-"));
  try {
    const corpus = join(folder, "corpus.jsonl");
    const draw = zipf(randomStream(1, "index"));
    note(`writing a corpus of ${count} documents`);
    writeCorpus(corpus, count, draw);
    const queries = Array.from({ length: QUERIES }, (_, i) =>
      Array.from({ length: QUERY_WORDS[i % QUERY_WORDS.length] as number }, draw).join(" "),
    );
    const times = await inChild({ corpus, queries });
    return report(times, statSync(corpus).size);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(times: IndexTimes, corpusBytes: number): object {
  const { documents, seconds, cpuSeconds, peakMiB, indexBytes, queryMs, queryCpuMs } = times;
  const figures = {
    indexDocuments: documents,
    indexSeconds: rounded(seconds),
    indexCpuSeconds: rounded(cpuSeconds),
    indexPeakMiB: Math.round(peakMiB),
    indexBytesPerCorpusByte: rounded(indexBytes / corpusBytes),
    queryMs: rounded(quantile(queryMs, 0.5)),
    queryP99Ms: rounded(quantile(queryMs, 0.99)),
    queryCpuMs: rounded(quantile(queryCpuMs, 0.5)),
    queryCpuP99Ms: rounded(quantile(queryCpuMs, 0.99)),
  };
  row("index", "wall", "processor");
  row(`${documents} documents, s`, figures.indexSeconds, figures.indexCpuSeconds);
  row("a query, ms (median)", figures.queryMs, figures.queryCpuMs);
  row("a query, ms (99 %)", figures.queryP99Ms, figures.queryCpuP99Ms);
  row("peak memory, MiB", figures.indexPeakMiB);
  return figures;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function writeCorpus(path: string, count: number, draw: () => string): void {
  const file = openSync(path, "w");
  try {
    for (let i = 0; i < count; i++) {
      const text = Array.from({ length: WORDS }, draw).join(" ");
      writeSync(file, `${JSON.stringify({ title: `document ${i}`, url: `https://example.org/${i}`, text })}\n`);
    }
  } finally {
    closeSync(file);
  }
}

/** Words that no stemmer cuts, the most frequent first. */
function zipf(random: RandomStream): () => string {
  const sums = new Float64Array(VOCABULARY);
  let total = 0;
  for (let rank = 0; rank < VOCABULARY; rank++) sums[rank] = total += 1 / (rank + 1);
  return () => {
    const at = random.uniform() * total;
    let [low, high] = [0, VOCABULARY - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return `w${low}`;
  };
}

function inChild(job: IndexJob): Promise<IndexTimes> {
  const child = fork(fileURLToPath(new URL("tools-index-child.ts", import.meta.url)), { execArgv: process.execArgv });
  return new Promise((resolve, reject) => {
    child.once("message", (times) => resolve(times as IndexTimes));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the process that makes the index ended (${code})`)));
    child.send(job);
  });
}
