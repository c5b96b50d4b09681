/**
 * The rollout records a report needs, from a file that may be far larger than memory: one pass finds where the lines of
 * each step are, then only those of the chosen steps are read.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { withFileErrors } from "../run/failures.ts";
import type { RolloutRecord } from "../run/records.ts";
import { chosenSteps } from "./tree-choice.ts";

const CHUNK = 1 << 20;
const LINE_FEED = 10;

interface Line {
  readonly from: number;
  readonly bytes: number;
  readonly step: number;
}

/** Records of the first, the middle and the last step that has any; none if there is no file. */
export function readChosenRollouts(path: string): RolloutRecord[] {
  if (!existsSync(path)) return [];
  return withFileErrors("read", path, () => {
    const file = openSync(path, "r");
    try {
      const lines = findLines(file);
      const chosen = new Set(chosenSteps(lines.map(({ step }) => step)));
      return lines
        .filter(({ step }) => chosen.has(step))
        .map((line) => JSON.parse(read(file, line.from, line.bytes)) as RolloutRecord);
    } finally {
      closeSync(file);
    }
  });
}

/** Every whole line; one without its line feed is left out, as a run killed in a write leaves it. */
function findLines(file: number): Line[] {
  const lines: Line[] = [];
  const { size } = fstatSync(file);
  const buffer = Buffer.alloc(CHUNK);
  let from = 0;
  for (let at = 0; at < size; ) {
    const got = readSync(file, buffer, 0, CHUNK, at);
    if (got === 0) break;
    for (let i = buffer.indexOf(LINE_FEED); i >= 0 && i < got; i = buffer.indexOf(LINE_FEED, i + 1)) {
      const end = at + i;
      if (end > from)
        lines.push({
          from,
          bytes: end - from,
          step: stepOf(file, from, end - from),
        });
      from = end + 1;
    }
    at += got;
  }
  return lines;
}

/** Records are written with their step first; one that is not is parsed whole. */
function stepOf(file: number, from: number, bytes: number): number {
  const head = /^\{"step":(\d+)[,}]/.exec(read(file, from, Math.min(bytes, 40)));
  return head === null ? (JSON.parse(read(file, from, bytes)) as RolloutRecord).step : Number(head[1]);
}

function read(file: number, from: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const got = readSync(file, buffer, 0, bytes, from);
  return buffer.toString("utf8", 0, got);
}
