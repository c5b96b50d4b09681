/** Tries again what may go better the next time: after 0.5, 1, 2 and 4 seconds, or when the server says. */
import { AepoError } from "../../std/errors.ts";
import { Transient, unreachable } from "./request.ts";
import type { HubSession } from "./session.ts";

const MAX_TRIES = 5;
const FIRST_WAIT_MS = 500;
/** A server that wants more patience is given up, with what it said. */
const MAX_WAIT_MS = 300_000;

/** `progress`: what has been reached; while it grows, tries do not count. */
export async function withRetries<T>(
  session: HubSession,
  host: string,
  action: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let [tries, reached] = [0, progress()];
  for (;;) {
    try {
      return await action();
    } catch (thrown) {
      if (!(thrown instanceof Transient)) throw thrown;
      tries = progress() > reached ? 1 : tries + 1;
      reached = progress();
      if (tries === MAX_TRIES) throw unreachable(host, `${thrown.message} (${MAX_TRIES} tries)`);
      const ms = thrown.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1);
      if (ms > MAX_WAIT_MS) throw tooLong(host, ms);
      session.onNotice(`${host}: ${thrown.message}; next try in ${ms / 1000} s`);
      await session.wait(ms);
      session.signal?.throwIfAborted();
    }
  }
}

function tooLong(host: string, ms: number): AepoError {
  return new AepoError("policy", `${host} asks to wait ${Math.round(ms / 1000)} s before the next request`, {
    fix: "try again then: what is downloaded stays; with a token (HF_TOKEN) the limits are higher",
  });
}
