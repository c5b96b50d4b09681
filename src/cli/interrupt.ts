/** Ctrl-C: the first one stops the run cleanly between two pieces of work, the second one at once. */
import { AepoError } from "../std/errors.ts";

export const INTERRUPTED_EXIT_CODE = 130;

/** Thrown by whatever was running when the user pressed Ctrl-C. */
export class Interrupted extends AepoError {
  constructor() {
    super("run", "stopped by Ctrl-C");
    this.name = "Interrupted";
  }
}

/** A signal that fires at the first SIGINT or SIGTERM; `release` gives the default behaviour back. */
export function interruptSignal(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
    controller.abort(new Interrupted());
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
