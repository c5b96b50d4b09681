/** Ctrl-C: the first one stops the run cleanly between two pieces of work, a second one later at once. */
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";

export const INTERRUPTED_EXIT_CODE = 130;

/** Thrown by whatever was running when the user pressed Ctrl-C. */
export class Interrupted extends AepoError {
  constructor() {
    super("run", "stopped by Ctrl-C");
    this.name = "Interrupted";
  }
}

/** One Ctrl-C may arrive several times: from the terminal, and passed on by npm and the loader. */
const SAME_PRESS_MS = 1000;

/** A signal that fires at the first SIGINT or SIGTERM; `release` gives the default behaviour back. */
export function interruptSignal(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let firstMs = Number.POSITIVE_INFINITY;
  const stop = (): void => {
    if (!controller.signal.aborted) {
      firstMs = systemClock.nowMs();
      controller.abort(new Interrupted());
    } else if (systemClock.nowMs() - firstMs > SAME_PRESS_MS) process.exit(INTERRUPTED_EXIT_CODE);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
