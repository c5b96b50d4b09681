/** How a run ended, in kinds for programs and in words for the policy. */
import { constants } from "node:os";
import type { PythonSettings } from "./options.ts";
import { MAX_OUTPUT_BYTES, type ProcessEnd } from "./process.ts";

export type PythonEndingKind =
  /** By its last line, or by sys.exit() without a code. */
  | "finished"
  /** By an exception nobody caught, or by sys.exit with a code: `exitCode` is not 0. */
  | "raised"
  /** The process was gone before the code was through: os._exit, a crash, a signal. */
  | "died"
  /** A limit was reached. */
  | "timeout"
  | "cpu"
  | "memory"
  | "processes"
  | "files"
  | "output"
  /** The sandbox was not there in time: the machine has too much to do. */
  | "start"
  /** The earlier cells could not be run again: they died or reached a limit. */
  | "earlier";

export interface PythonEnding {
  readonly kind: PythonEndingKind;
  readonly exitCode: number;
  /** A sentence without a full stop; empty for what finished or raised. */
  readonly words: string;
  /** The clock decided: another run of the same code may end otherwise. */
  readonly late: boolean;
}

/** `earlier`: how many cells were to be run again before the new one. */
export function endingOf({ ended, status }: ProcessEnd, settings: PythonSettings, earlier: number): PythonEnding {
  const exitCode = status.end?.code ?? 0;
  const limit = limitOf({ ended, status }, settings);
  const late = limit !== null && (limit.kind === "timeout" || limit.kind === "cpu");
  const end = (kind: PythonEndingKind, words = ""): PythonEnding => ({ kind, exitCode, words, late });
  if (!status.isFresh && earlier === 0) return end("start", "python did not start in time");
  if (!status.isFresh) {
    const why = limit === null ? deathOf(status.end) : limit.words;
    return end("earlier", `the code of earlier calls could not be run again: ${why}`);
  }
  if (limit !== null) return end(limit.kind, limit.words);
  if (status.isDone && status.end?.signal === 0) return end(exitCode === 0 ? "finished" : "raised");
  return end("died", deathOf(status.end));
}

function limitOf(
  { ended, status: { end, isFresh } }: ProcessEnd,
  { timeoutMs, cpuSeconds, memoryMiB, processes }: PythonSettings,
): Pick<PythonEnding, "kind" | "words"> | null {
  const kind = ended ?? end?.stopped ?? (isCpuKill(end, cpuSeconds) ? "cpu" : null);
  switch (kind) {
    case "timeout":
      return { kind, words: isFresh ? `no end within ${timeoutMs / 1000} s` : "no end in time" };
    case "output":
      return { kind, words: `more than ${MAX_OUTPUT_BYTES / 2 ** 20} MiB of output` };
    case "cpu":
      return { kind, words: `more than ${cpuSeconds} s of processor time` };
    case "memory":
      return { kind, words: `more than ${memoryMiB} MiB of memory` };
    case "processes":
      return { kind, words: `more than ${processes} processes and threads` };
    case "files":
      return { kind, words: "too many files" };
    default:
      return null;
  }
}

/** SIGXCPU, or SIGKILL a second later where that was ignored. */
function isCpuKill(end: ProcessEnd["status"]["end"], cpuSeconds: number): boolean {
  if (end === null) return false;
  const { SIGXCPU, SIGKILL } = constants.signals;
  return end.signal === SIGXCPU || (end.signal === SIGKILL && end.cpuSeconds > cpuSeconds);
}

function deathOf(end: ProcessEnd["status"]["end"]): string {
  if (end === null) return "python was ended from outside";
  if (end.signal === 0) return `python ended in the middle, with exit code ${end.code}`;
  const [name = `signal ${end.signal}`] =
    Object.entries(constants.signals).find(([, number]) => number === end.signal) ?? [];
  return `python was ended by ${name}${name === "SIGSEGV" ? " (a crash, such as recursion that is too deep)" : ""}`;
}
