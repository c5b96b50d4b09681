/**
 * One process with its time, its output and its end. Whatever it does, this settles: when it ends, when its time is up, when it
 * has written too much or when the caller's signal fires; and then it and everything it started are gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Capture } from "./capture.ts";
import type { Command } from "./command.ts";
import { readStatus, type Status } from "./status.ts";

export interface ProcessInput {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly request: string;
  readonly stdin: string;
  /** Read by bubblewrap from descriptor SECCOMP_FD. */
  readonly seccomp: Uint8Array | null;
  readonly stdout: Capture;
  readonly stderr: Capture;
  /** Until the earlier cells have been run again; then for the new one. */
  readonly startMs: number;
  readonly timeoutMs: number;
}

export interface ProcessEnd {
  /** Why it was ended from here, if it was. */
  readonly ended: "timeout" | "output" | null;
  readonly status: Status;
}

const REQUEST_FD = 3;
export const SECCOMP_FD = 5;
/** Output beyond this many bytes ends the process; before, its middle is only left out. */
export const MAX_OUTPUT_BYTES = 16 * 2 ** 20;
/** How long after the process other holders of its output may take. */
const GRACE_MS = 1000;
const KILL_MS = 5000;

/** Rejects with the reason of `signal`, or when the program cannot be started. */
export async function runProcess(command: Command, input: ProcessInput, signal: AbortSignal): Promise<ProcessEnd> {
  signal.throwIfAborted();
  const child = spawn(command.file, command.arguments, {
    cwd: input.folder,
    // Of the sandbox's outermost process as well: what it was started with can be read from inside.
    env: input.environment,
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe", ...(input.seccomp === null ? [] : ["pipe" as const])],
    // Away from the terminal: its Ctrl-C is the trainer's, who then ends this through `signal`.
    detached: true,
    ...(command.sandboxed ? nobody() : {}),
  });
  const over = ending(child);
  // Without descriptors or processes to spare it has no streams either.
  if (child.pid === undefined) await over;
  const kill = (): void => end(child, command.sandboxed);
  const text = { status: "" };
  let ended: ProcessEnd["ended"] = null;
  const stop = (why: "timeout" | "output"): void => {
    ended ??= why;
    kill();
  };
  let timer = setTimeout(() => stop("timeout"), input.startMs);
  send(child, input);
  collect(child.stdout, input.stdout, () => stop("output"));
  collect(child.stderr, input.stderr, () => stop("output"));
  (child.stdio[4] as Readable).setEncoding("utf8").on("data", (part: string) => {
    const isStart = !readStatus(text.status).isFresh;
    if (text.status.length < MAX_STATUS) text.status += part;
    if (!isStart || !readStatus(text.status).isFresh) return;
    clearTimeout(timer);
    timer = setTimeout(() => stop("timeout"), input.timeoutMs);
  });
  signal.addEventListener("abort", kill, { once: true });
  try {
    await over;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
  signal.throwIfAborted();
  input.stdout.end();
  input.stderr.end();
  return { ended, status: readStatus(text.status) };
}

const MAX_STATUS = 100_000;
const NOBODY = 65_534;

/** For root the kernel counts no processes, and root inside is root outside: the sandbox of root is nobody's. */
function nobody(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

function send(child: ChildProcess, { stdin, request, seccomp }: ProcessInput): void {
  const streams = child.stdio as readonly unknown[];
  const body = Buffer.from(request);
  // Not ended: that it closes is how the watching process learns that nobody wants the run any more.
  writable(streams[REQUEST_FD]).write(Buffer.concat([Buffer.from(`${body.length}\n`), body]));
  writable(streams[0]).end(stdin);
  if (seccomp !== null) writable(streams[SECCOMP_FD]).end(seccomp);
}

/** A process that ends without reading is no error of ours. */
function writable(stream: unknown): Writable {
  return (stream as Writable).on("error", () => undefined);
}

function collect(stream: Readable | null, into: Capture, full: () => void): void {
  stream
    ?.on("error", () => undefined)
    .on("data", (chunk: Buffer) => {
      // Exactly so much: what is shown must not depend on how fast it came.
      into.push(chunk.subarray(0, MAX_OUTPUT_BYTES - into.bytes));
      if (into.bytes >= MAX_OUTPUT_BYTES) full();
    });
}

function end(child: ChildProcess, sandboxed: boolean): void {
  if (child.pid === undefined) return;
  child.stdio[REQUEST_FD]?.destroy();
  if (sandboxed) {
    // With bubblewrap its process namespace ends, and with that everything inside. While it is being made, its first process has
    // no tie to bubblewrap but the group, and for a moment not even that; then the closed request ends it.
    killGroup(child.pid);
    return;
  }
  // The watching process ends its family when it is told to; what is still there then goes with the group.
  child.kill("SIGTERM");
  setTimeout(() => killGroup(child.pid), KILL_MS / 2).unref();
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

/** Resolves when the process is gone and its output read. Rejects when it could not be started. */
async function ending(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
    child.once("exit", () => {
      // A child that left the family may hold the output open for ever.
      setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
        resolve();
      }, GRACE_MS).unref();
    });
  });
}
