/** The calls of a traffic file, found again by where and what they were; only keys are in memory, results stay on the disk. */
import { AepoError, messageOf } from "../../std/errors.ts";
import type { Spent } from "../../tools/around/budget-failure.ts";
import { type LineFile, openLineFile } from "../append-lines.ts";
import { cutUnfinished, wholeLines } from "../whole-lines.ts";
import {
  type CallLine,
  callKey,
  type HeaderLine,
  placeKey,
  type RecordedTool,
  type TrafficLine,
  trafficLineSchema,
} from "./traffic-record.ts";

interface Place {
  readonly at: number;
  readonly bytes: number;
}

export class TrafficFile {
  readonly path: string;
  /** The run that it is the traffic of, and its tools; null of a new file. */
  readonly header: HeaderLine | null;
  private readonly file: LineFile;
  /** By place and number of times; and the first of all equal calls. */
  private readonly byPlace = new Map<string, Place>();
  private readonly byCall = new Map<string, Place>();
  private readonly paid = new Map<string, Spent>();

  constructor(path: string, mode: "append" | "read") {
    let header: HeaderLine | null = null;
    for (const { text, number, at, bytes } of wholeLines(path)) {
      const line = parsed(text, `${path}:${number}`);
      if (number === 1) header = headerOf(line, path);
      else if (line.kind === "call") this.index(line, { at, bytes });
    }
    this.path = path;
    this.header = header;
    this.file = openLineFile(path, mode === "append" ? cutUnfinished(path) : 0, mode);
  }

  get calls(): number {
    return this.byPlace.size;
  }

  writeHeader(run: string, tools: readonly RecordedTool[]): void {
    const told = tools.length === 0 ? {} : { tools: [...tools] };
    this.file.append(JSON.stringify({ kind: "traffic", version: 1, run, ...told } satisfies HeaderLine));
  }

  append(line: CallLine): void {
    this.index(line, this.file.append(JSON.stringify(line)));
  }

  /** What was said at this place the n-th time. */
  at(key: string, again: number): CallLine | null {
    return this.read(this.byPlace.get(nth(key, again)));
  }

  /** What was said to an equal call the first time. */
  anywhere(key: string): CallLine | null {
    return this.read(this.byCall.get(key));
  }

  *all(): Generator<CallLine> {
    for (const place of this.byPlace.values()) {
      const line = this.read(place);
      if (line !== null) yield line;
    }
  }

  spent(tools: ReadonlySet<string>): Spent {
    const some = [...this.paid].filter(([tool]) => tools.has(tool));
    return some.reduce((sum, [, paid]) => added(sum, paid), nothing);
  }

  close(): void {
    this.file.close();
  }

  private index(line: CallLine, place: Place): void {
    this.byPlace.set(nth(placeKey(line), line.again), place);
    const key = callKey(line);
    if (!this.byCall.has(key)) this.byCall.set(key, place);
    this.paid.set(line.tool, added(this.paid.get(line.tool) ?? nothing, line.paid));
  }

  private read(place: Place | undefined): CallLine | null {
    return place === undefined ? null : (JSON.parse(this.file.read(place.at, place.bytes)) as CallLine);
  }
}

const nothing: Spent = { calls: 0, seconds: 0, cost: 0 };

function added(a: Spent, b: Spent): Spent {
  return { calls: a.calls + b.calls, seconds: a.seconds + b.seconds, cost: a.cost + b.cost };
}

function nth(key: string, again: number): string {
  return `${again} ${key}`;
}

function headerOf(line: TrafficLine, path: string): HeaderLine {
  if (line.kind === "traffic") return line;
  throw new AepoError("run", `${path} is no file of tool traffic`, {
    expected: 'a first line {"kind":"traffic","version":1,…}',
    exists: JSON.stringify(line).slice(0, 80),
  });
}

function parsed(text: string, place: string): TrafficLine {
  try {
    return trafficLineSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new AepoError("run", `${place}: not a line of tool traffic`, {
      exists: text.slice(0, 80),
      fix: "restore the file, or record the run again under another name",
      cause: messageOf(thrown),
    });
  }
}
