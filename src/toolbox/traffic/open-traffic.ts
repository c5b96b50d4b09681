/**
 * The whole tool traffic of a run in one file. Recording takes what the file has and writes what it has not: a run that was
 * killed goes on with the same results, asks for nothing twice and writes nothing twice. Replaying takes all from the file.
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import type { Json } from "../../std/json.ts";
import { StopRun } from "../../tools/stop-run.ts";
import type { AnyTool } from "../../tools/tool.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";
import type { Said, TrafficCall, TrafficLog, TrafficSlot } from "../../tools/around/traffic.ts";
import { callInWords, nearestCalls } from "./nearest.ts";
import type { TrafficOptions } from "./options.ts";
import { TrafficFile } from "./traffic-file.ts";
import { type CallLine, callKey, placeKey, type RecordedTool } from "./traffic-record.ts";

export interface Traffic extends TrafficLog {
  /** Calls in the file. */
  readonly calls: number;
  /** What the model was told of the tools; null of a file that does not say. */
  readonly tools: readonly RecordedTool[] | null;
  close(): void;
}

/** `run`: a name that only the same run has (of its config, say): a file of another run is not recorded on. */
export function openTraffic(options: TrafficOptions, run: string, tools: readonly AnyTool[] = []): Traffic {
  const file = options.mode === "record" ? recordable(options.file, run, tools) : replayable(options.file);
  const asked = new Map<string, number>();
  const slot = (call: TrafficCall): TrafficSlot => {
    const key = placeKey(call);
    const again = asked.get(key) ?? 0;
    asked.set(key, again + 1);
    const line = file.at(key, again) ?? (isAnywhere(options) ? file.anywhere(callKey(call)) : null);
    if (line !== null) return { kind: "recorded", said: saidIn(line) };
    if (options.mode === "replay") return { kind: "missing", failure: missing(call, again, file, options.missing) };
    return { kind: "open", record: (said) => file.append(lineOf(call, again, said)) };
  };
  return {
    slot,
    spent: (tools) => file.spent(tools),
    get calls() {
      return file.calls;
    },
    tools: file.header?.tools ?? null,
    close: () => file.close(),
  };
}

function isAnywhere(options: TrafficOptions): boolean {
  return options.mode === "replay" && options.match === "call";
}

function recordable(path: string, run: string, tools: readonly AnyTool[]): TrafficFile {
  const file = new TrafficFile(path, "append");
  if (file.header === null) file.writeHeader(run, tools.map(recordedTool));
  else if (file.header.run !== run) {
    file.close();
    throw new AepoError("config", `traffic.file: ${path} is the traffic of another run`, {
      expected: run,
      exists: file.header.run,
      fix: "name another file, or replay this one (mode: replay)",
    });
  }
  return file;
}

function recordedTool({ name, description, input }: AnyTool): RecordedTool {
  return {
    name,
    description,
    input: z.toJSONSchema(input, { unrepresentable: "any", io: "input" }) as RecordedTool["input"],
  };
}

function replayable(path: string): TrafficFile {
  if (existsSync(path)) return new TrafficFile(path, "read");
  throw new AepoError("config", `traffic.file: there is no ${path} to replay`, {
    fix: "record a run first (mode: record)",
  });
}

function saidIn(line: CallLine): Said {
  const { ms, paid } = line;
  if ("failed" in line) return { ms, paid, failed: line.failed, ...(line.late === true ? { late: true } : {}) };
  return { ms, paid, text: line.text, ...("state" in line ? { state: line.state as Json } : {}) };
}

function lineOf({ path, call, tool, input }: TrafficCall, again: number, said: Said): CallLine {
  // As JSON gives it back: what the key is made of when the file is read.
  const given = JSON.parse(callKey({ tool, input })) as [string, CallLine["input"]];
  const line = { kind: "call", path, call, tool, input: given[1], again, ...said } as const;
  return line as CallLine;
}

function missing(call: TrafficCall, again: number, file: TrafficFile, how: "stop" | "fail"): Error {
  const before = again === 0 ? "" : `, which this path has made ${again === 1 ? "once" : `${again} times`} before`;
  const what = `${file.path} has no call ${callInWords(call)}${before}`;
  if (how === "fail") return new ToolFailure(`not in the recorded traffic: ${call.tool}`, { retryable: false });
  const nearest = nearestCalls(call, file.all());
  return new StopRun(what, {
    exists: nearest.length === 0 ? "no calls at all" : `the nearest of ${file.calls}: ${nearest.join("; ")}`,
    fix: "replay the run as it was recorded (recipe, seed, model); or take equal calls from anywhere (match: call), let such calls fail (missing: fail), or record again",
  });
}
