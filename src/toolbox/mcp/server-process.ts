/**
 * A server that is a program: messages by its standard input and output, one a line. It has a process group of its own, which ends
 * with it, so that nothing it started stays behind; and only the environment it is given (the SDK's transport adds some of ours).
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { type JSONRPCMessage, ReadBuffer, serializeMessage, type Transport } from "@modelcontextprotocol/client";
import { LastLines } from "./last-lines.ts";

export interface ServerProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** How long a server may take to leave when its input ends, and again when it is asked to. */
const LEAVE_WITHIN_MS = 1000;
/** How long what it wrote last may take to arrive when it has ended. */
const LAST_WORDS_MS = 500;

export class ServerProcess implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly said = new LastLines();
  /** How it ended, in words. */
  ending = "ended";
  private readonly program: ServerProgram;
  private readonly received = new ReadBuffer();
  private child: ChildProcessWithoutNullStreams | null = null;
  private ended: Promise<void> = Promise.resolve();

  constructor(program: ServerProgram) {
    this.program = program;
  }

  async start(): Promise<void> {
    const { program, args, cwd, env } = this.program;
    const child = spawn(program, args, { cwd, env, stdio: "pipe", detached: true });
    this.child = child;
    const killWithUs = (): void => killGroup(child, "SIGKILL");
    process.once("exit", killWithUs);
    this.ended = new Promise((resolve) => {
      const finish = (): void => {
        process.removeListener("exit", killWithUs);
        resolve();
      };
      child.once("close", finish);
      child.once("exit", (code, signal) => {
        this.ending = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
        // What it started may hold its pipes open.
        killGroup(child, "SIGKILL");
        setTimeout(finish, LAST_WORDS_MS).unref();
      });
    });
    child.stderr.on("data", (chunk: Buffer) => this.said.add(chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => this.read(chunk));
    for (const stream of [child.stdin, child.stdout, child.stderr])
      stream.on("error", (error) => this.onerror?.(error));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.on("error", (error) => this.onerror?.(error));
    void this.ended.then(() => this.onclose?.());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { child } = this;
    if (child === null || !child.stdin.writable) throw new Error("the server has ended");
    if (!child.stdin.write(serializeMessage(message))) {
      await Promise.race([new Promise<void>((resolve) => child.stdin.once("drain", resolve)), this.ended]);
    }
  }

  /** Lets it leave, asks it to, ends it. */
  async close(): Promise<void> {
    const { child } = this;
    if (child === null) return;
    child.stdin.end();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await this.endsWithin(LEAVE_WITHIN_MS)) return;
      killGroup(child, signal);
    }
    await this.ended;
  }

  /** Ends it at once. */
  kill(): void {
    if (this.child !== null) killGroup(this.child, "SIGKILL");
  }

  private async endsWithin(ms: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
    try {
      return await Promise.race([this.ended.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A line that is no JSON (a log that went the wrong way) is passed over; one without end ends the server. */
  private read(chunk: Buffer): void {
    try {
      this.received.append(chunk);
    } catch (thrown) {
      this.said.add(`\n${String(thrown)}\n`);
      this.kill();
      return;
    }
    for (;;) {
      try {
        const message = this.received.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (thrown) {
        this.onerror?.(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    }
  }
}

function killGroup({ pid, exitCode }: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // No such group: nothing of it is left, or (on Windows) there are no groups.
    if (process.platform === "win32" && exitCode === null) process.kill(pid, signal);
  }
}
