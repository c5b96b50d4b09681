/** A file larger than the memory that reading it may take: in a process of its own, which would end if it held the rows. */
import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { useDataFolder } from "./testing/data-files.ts";

const folder = useDataFolder();
const HEAP_MIB = 96;
const ROWS = 250;
const MIB = 2 ** 20;

async function written(name: string, header: string, row: (i: number) => string): Promise<string> {
  const path = folder.write(name, "");
  const file = createWriteStream(path);
  if (header !== "") file.write(`${header}\n`);
  for (let i = 0; i < ROWS; i++) if (!file.write(`${row(i)}\n`)) await once(file, "drain");
  file.end();
  await once(file, "finish");
  return path;
}

function readIn(path: string): string {
  const script = `
    import { openQuestions } from ${JSON.stringify(new URL("open-questions.ts", import.meta.url).href)};
    const { train } = await openQuestions({ train: [{ file: ${JSON.stringify(path)} }] }, { seed: 1 });
    console.log(train.size, train.questions.at(-1).answers[0].length);
  `;
  const flags = [`--max-old-space-size=${HEAP_MIB}`, "--import", "tsx", "--input-type=module", "-e", script];
  const { stdout, stderr, status } = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 300_000 });
  return status === 0 ? stdout.trim() : stderr.slice(-2000);
}

const page = "page ".repeat(MIB / 5);

describe(`${ROWS} MiB of rows in a heap of ${HEAP_MIB} MiB`, () => {
  it("JSON lines: columns that nobody asked for, and worked solutions behind which an answer stands", async () => {
    const row = (i: number): string =>
      JSON.stringify({ question: `question number ${i}?`, answer: `${page}#### the answer ${i}`, idx: i });
    expect(readIn(await written("gsm8k.jsonl", "", row))).toBe(`${ROWS} ${"the answer 249".length}`);
  }, 600_000);

  it("CSV", async () => {
    const row = (i: number): string => `question number ${i}?,the answer ${i},"${page}"`;
    expect(readIn(await written("rows.csv", "question,answer,page", row))).toBe(`${ROWS} ${"the answer 249".length}`);
  }, 600_000);
});
