/** How fast the rows of a Parquet file of the papers' shape are read, and how fast they become questions. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openQuestions } from "../src/data/open-questions.ts";
import { openRows } from "../src/data/open-rows.ts";
import { note, rounded, row } from "./output.ts";
import type { PartOptions } from "./parts.ts";
import { takeTurns, timed } from "./timing.ts";

const REAL = "../shared/data/train_10k.parquet";
const ROWS = 10_000;
const ROUNDS = 5;
const DRAWS = 100_000;

/** `count`: rows of the made-up file, which is also read instead of the real one if it is given. */
export async function benchRows({ count }: PartOptions): Promise<object> {
  if (count === undefined && existsSync(REAL)) return measured(REAL);
  if (count === undefined) note(`${REAL} is not there: a made-up file of the same columns instead`);
  const folder = mkdtempSync(join(tmpdir(), "aepo-bench-"));
  try {
    const file = join(folder, "train.parquet");
    writeFileSync(file, madeUp(count ?? ROWS));
    return await measured(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(file: string): Promise<object> {
  const input = { train: [{ file }], onBadRow: "skip" as const };
  const { train } = await openQuestions(input, { seed: 1 });
  let rows = 0;
  const timings = await takeTurns(
    [
      timed("rows", async () => {
        rows = 0;
        for await (const _ of openRows(file)) rows++;
      }),
      timed("questions", () => openQuestions(input, { seed: 1 })),
      timed("draws", async () => {
        for (let i = 0; i < DRAWS; i++) train.at(i);
      }),
    ],
    ROUNDS,
  );
  const rowsPerSecond = rounded(rows / timings.median("rows"));
  const questionsPerSecond = rounded(train.size / timings.median("questions"));
  const drawMicroseconds = rounded((timings.median("draws") / DRAWS) * 1e6);
  row("rows a second", rowsPerSecond);
  row("questions a second", questionsPerSecond);
  row("µs a question drawn", drawMicroseconds);
  return { rows, rowsPerSecond, questionsPerSecond, drawMicroseconds };
}

function madeUp(count: number): Uint8Array {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const system = "Answer step by step, with tools. ".repeat(40);
  const question = (i: number): string => `Question ${i}: ${"what is it that is asked here ".repeat(6)}?`;
  const json = (name: string, value: (i: number) => unknown) => ({
    name,
    data: numbers.map(value),
    type: "JSON" as const,
  });
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "data_source", data: numbers.map(() => "made_up"), type: "STRING" },
      json("prompt", (i) => [
        { content: system, role: "system" },
        { content: question(i), role: "user" },
      ]),
      { name: "ability", data: numbers.map((i) => (i % 2 === 0 ? "math" : "qa")), type: "STRING" },
      json("reward_model", (i) => ({ ground_truth: String(i), style: "rule" })),
      json("extra_info", (i) => ({ index: i, question: question(i), split: "train" })),
    ],
  });
  return new Uint8Array(buffer);
}
