/**
 * The finished rollouts of steps that no checkpoint holds yet, a file a step: a run that was killed between them and the update
 * trains on them and does not roll out again. They are there for whoever resumes, and gone with the checkpoint that makes them
 * superfluous. A line holds one tree and a checksum; one that was cut short or damaged is as if it had not been written.
 */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { RolloutTree } from "../rollout/tree.ts";
import { fileError, withFileErrors } from "./failures.ts";
import { checkpointName, stepOf } from "./layout.ts";
import { makeFolder } from "./make-folder.ts";
import { treeFromText, treeToText } from "./tree-codec.ts";

/** Where in a run a question is rolled out. */
export interface RolloutPlace {
  readonly step: number;
  /** Times the run has gone back to an earlier step. */
  readonly rollbacks: number;
  /** Of a method that draws questions again. */
  readonly round: number;
}

export interface KeptRollouts {
  /** What an earlier process finished there, by the question's place in its round. */
  trees(place: RolloutPlace): Promise<ReadonlyMap<number, RolloutTree>>;
  /** A tree is finished. On return it survives this process. */
  add(place: RolloutPlace, index: number, tree: RolloutTree): void;
  /** A checkpoint of `step` is there: what led to it is of no more use. */
  forget(step: number): void;
  /** The run goes on from elsewhere: nothing of it is of use. */
  clear(): void;
}

const SUFFIX = ".trees";

export function openKeptRollouts(folder: string): KeptRollouts {
  const path = (step: number): string => join(folder, `${checkpointName(step)}${SUFFIX}`);
  const found = new Set(stepsIn(folder));
  const opened = new Set<number>();
  const remove = (step: number): void => {
    found.delete(step);
    opened.delete(step);
    withFileErrors("remove", path(step), () => rmSync(path(step), { force: true }));
  };
  return {
    async trees({ step, rollbacks, round }) {
      if (!found.has(step)) return new Map();
      const all = await linesOf(path(step));
      const here = all.filter((line) => line.rollbacks === rollbacks && line.round === round);
      return new Map(here.map(({ index, text }) => [index, treeFromText(text)]));
    },
    add({ step, rollbacks, round }, index, tree) {
      const text = treeToText(tree);
      const line = `${crc32(text)} ${rollbacks} ${round} ${index} ${text}\n`;
      withFileErrors("append to", path(step), () => {
        const start = opened.has(step) ? "" : startOfLine(folder, path(step));
        appendFileSync(path(step), start + line);
      });
      opened.add(step);
    },
    forget(step) {
      for (const each of stepsIn(folder)) if (each <= step) remove(each);
      if (stepsIn(folder).length === 0) rmSync(folder, { recursive: true, force: true });
    },
    clear() {
      this.forget(Number.POSITIVE_INFINITY);
    },
  };
}

/** For a run that keeps none. */
export const noKeptRollouts: KeptRollouts = {
  trees: () => Promise.resolve(new Map()),
  add: () => undefined,
  forget: () => undefined,
  clear: () => undefined,
};

function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => stepOf(name.slice(0, -SUFFIX.length)));
}

/** A process that was killed in a write left half a line: what follows begins a new one. */
function startOfLine(folder: string, path: string): string {
  makeFolder(folder);
  if (!existsSync(path)) return "";
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const last = new Uint8Array(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 10 ? "\n" : "";
  } finally {
    closeSync(file);
  }
}

interface Line {
  readonly rollbacks: number;
  readonly round: number;
  readonly index: number;
  readonly text: string;
}

/** Line by line: a step of long paths is larger than a text can be. */
async function linesOf(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  try {
    const file = await open(path, "r");
    for await (const line of file.readLines({ encoding: "utf8" })) {
      const parts = /^(\d+) (\d+) (\d+) (\d+) /.exec(line);
      const [start = "", sum, ...numbers] = parts ?? [];
      const text = line.slice(start.length);
      if (parts === null || crc32(text) !== Number(sum)) continue;
      const [rollbacks = 0, round = 0, index = 0] = numbers.map(Number);
      lines.push({ rollbacks, round, index, text });
    }
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
  return lines;
}
