/** One signal of several, for the time of some work. AbortSignal.any leaks listeners on signals that live as long as a client. */
import { setMaxListeners } from "node:events";
import { untilAborted } from "../../../std/until-aborted.ts";

/** Rejects as soon as one of them fires, even if the work waits for its turn and takes no notice yet. Work begins at once. */
export async function withSignals<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  // The requests of one call, one a chunk, listen to it.
  setMaxListeners(0, either.signal);
  const stops = signals.flatMap((signal) => {
    if (signal === undefined) return [];
    // A thousand paths may wait with one signal: that is no leak, and no warning.
    setMaxListeners(0, signal);
    const stop = (): void => either.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    return [() => signal.removeEventListener("abort", stop)];
  });
  try {
    return await untilAborted(either.signal, () => work(either.signal));
  } finally {
    for (const stop of stops) stop();
  }
}
