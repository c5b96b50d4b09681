/** One signal of several, for the time of some work. AbortSignal.any leaks listeners on signals that live as long as a client. */
import { setMaxListeners } from "node:events";

export async function withSignals<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
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
    either.signal.throwIfAborted();
    return await work(either.signal);
  } finally {
    for (const stop of stops) stop();
  }
}
