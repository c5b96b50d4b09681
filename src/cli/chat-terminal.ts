/** Lines of a person or a pipe, and Ctrl-C: during a reply it stops the reply, at the prompt the program. */
import { createInterface } from "node:readline";
import { AepoError } from "../std/errors.ts";
import { Interrupted } from "./interrupt.ts";

/** Answers one line; false ends the conversation. */
export type Answer = (line: string, signal: AbortSignal) => Promise<boolean>;

/** Until `answer` says so or the lines end. Of a terminal an error ends the reply, of a pipe the program. */
export async function converse(answer: Answer): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal ? { output: process.stderr, prompt: "> " } : {}),
    terminal: isTerminal,
  });
  let reply: AbortController | null = null;
  let isInterrupted = false;
  const stop = (): void => {
    reply?.abort(new Interrupted());
    if (reply !== null && isTerminal) return;
    isInterrupted = true;
    lines.close();
  };
  lines.on("SIGINT", stop);
  process.on("SIGINT", stop);
  try {
    if (isTerminal) lines.prompt();
    for await (const line of lines) {
      if (line.trim() !== "") {
        reply = new AbortController();
        const goesOn = await answer(line.trim(), reply.signal).catch((thrown: unknown) => {
          if (!isTerminal || !(thrown instanceof AepoError)) throw thrown;
          process.stderr.write(`aepo: ${thrown.message}\n`);
          return true;
        });
        reply = null;
        if (!goesOn || isInterrupted) break;
      }
      if (isTerminal) lines.prompt();
    }
  } finally {
    process.off("SIGINT", stop);
    lines.close();
  }
  if (isInterrupted) throw new Interrupted();
}
