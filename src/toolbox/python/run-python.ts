/**
 * Runs python code once, in a sandbox, with files, standard input and earlier code if wanted: for the tool, and for rewards that run
 * tests. It never hangs and leaves nothing behind. Code and whoever checks it share one interpreter unless they are two runs: a
 * test that shall not be fooled compares the output of a run of its own.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AepoError } from "../../std/errors.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";
import { environmentOf } from "./bubblewrap.ts";
import { Capture } from "./capture.ts";
import { type Command, commandOf, WAYS_OUT } from "./command.ts";
import { endingOf, type PythonEnding } from "./ending.ts";
import { type PythonOptions, type PythonSettings, pythonSettings, UNSANDBOXED } from "./options.ts";
import { runProcess, SECCOMP_FD } from "./process.ts";
import { seccompFilter } from "./seccomp.ts";

/** What a run is given besides its code. */
export interface PythonInput {
  /** Texts by relative path, written into the working folder before anything runs. */
  readonly files?: Readonly<Record<string, string>>;
  /** Empty by default. */
  readonly stdin?: string;
  /** Code that is run before, in the same interpreter; what it prints is not in `stdout`, what it raises is passed over. */
  readonly earlier?: readonly string[];
}

export interface PythonRun {
  readonly ending: PythonEnding;
  /** At most `outputChars` characters each; of longer ones the middle is left out. */
  readonly stdout: string;
  readonly stderr: string;
  /** Fingerprint of what the earlier cells and this one wrote, addresses in memory aside. */
  readonly printed: string;
  /** Of the earlier cells alone. */
  readonly printedBefore: string;
}

/** For the sandbox to start, on a machine that does other things. */
const START_MS = 30_000;

/**
 * Resolves however the code ends. Rejects with AepoError when the options or files are wrong or the sandbox cannot be made here,
 * with ToolFailure when the machine has no room just now, with the reason of `signal` when that fires.
 */
export async function runPython(
  code: string,
  { files = {}, stdin = "", earlier = [], ...options }: PythonOptions & PythonInput = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<PythonRun> {
  const settings = pythonSettings(options);
  checkFiles(files);
  const seccomp = settings.sandbox === UNSANDBOXED ? null : seccompFilter();
  const command = commandOf(settings, seccomp === null ? null : SECCOMP_FD);
  const mark = `\0${randomUUID()}\0`;
  const [stdout, stderr] = [new Capture(mark, settings.outputChars), new Capture(mark, settings.outputChars)];
  const folder = command.sandboxed ? "/" : mkdtempSync(join(tmpdir(), "aepo-python-"));
  try {
    const end = await runProcess(
      command,
      {
        folder,
        environment: environmentOf(command.sandboxed ? "/tmp" : folder, settings),
        request: JSON.stringify({ ...requestOf(settings, command), code, earlier, files, mark }),
        stdin,
        seccomp,
        stdout,
        stderr,
        startMs: START_MS + earlier.length * settings.timeoutMs,
        timeoutMs: settings.timeoutMs,
      },
      signal,
    ).catch((thrown: unknown) => {
      throw signal.aborted ? signal.reason : (busyMachine(thrown) ?? startError(settings, thrown));
    });
    if (end.ended === null && !end.status.isFresh && (earlier.length === 0 || end.status.end === null)) {
      throw startError(settings, stderr.all().trim());
    }
    return {
      ending: endingOf(end, settings, earlier.length),
      stdout: stdout.fresh(),
      stderr: stderr.fresh(),
      printed: fingerprint(stdout.all(), stderr.all()),
      printedBefore: fingerprint(stdout.before(), stderr.before()),
    };
  } finally {
    if (!command.sandboxed) rmSync(folder, { recursive: true, force: true });
  }
}

function requestOf(settings: PythonSettings, { sandboxed }: Command): object {
  const { cpuSeconds, memoryMiB, processes, fileMiB, seed, state } = settings;
  return { sandboxed, cpuSeconds, memoryMiB, processes, fileMiB, seed, cells: state === "keep" };
}

/** No more processes, descriptors or memory at the moment: not the sandbox's fault, and a later call may go better. */
function busyMachine(thrown: unknown): ToolFailure | null {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  if (!["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"].includes(code)) return null;
  return new ToolFailure(`python could not be started just now (${code})`, { retryable: true, cause: thrown });
}

/** The watching process did not even get to its work. */
function startError({ sandbox, interpreter }: PythonSettings, cause: unknown): AepoError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const isSandboxed = sandbox !== UNSANDBOXED;
  const what = isSandboxed ? "python cannot be run in a sandbox here" : `${interpreter} cannot be run`;
  return new AepoError("config", `${what}: ${said === "" ? "it ended without a word" : said}`, {
    fix: isSandboxed ? WAYS_OUT : "name another python in python.interpreter",
    cause,
  });
}

/** Addresses (`<object at 0x7f…>`) are other ones in every process. */
function fingerprint(...texts: readonly string[]): string {
  const same = texts.map((text) => text.replaceAll(/0x[0-9a-f]{6,16}/g, "0x"));
  return createHash("sha256").update(JSON.stringify(same)).digest("hex").slice(0, 16);
}

function checkFiles(files: Readonly<Record<string, string>>): void {
  const wrong = Object.keys(files).find((path) => !/^[^/\0][^\0]*$/.test(path) || path.split("/").includes(".."));
  if (wrong === undefined) return;
  throw new AepoError("usage", `files of python: ${JSON.stringify(wrong)} is no path inside its folder`, {
    expected: "relative paths without .., such as tests/test_one.py",
  });
}
