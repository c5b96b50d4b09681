/** Work with a time limit: it is told by its signal, and given up even if it does not listen. */
import { LateFailure } from "../tools/late-failure.ts";

/** Rejects with LateFailure(`what`) when the time is up, with the outer signal's reason when that fires. */
export async function withTimeLimit<T>(
  outer: AbortSignal,
  limitMs: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const inner = new AbortController();
  const stop = (): void => inner.abort(outer.reason);
  outer.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => inner.abort(new LateFailure(what, { retryable: false })), limitMs);
  const ended = new Promise<never>((_, reject) =>
    inner.signal.addEventListener("abort", () => reject(inner.signal.reason as Error), { once: true }),
  );
  try {
    return await Promise.race([work(inner.signal), ended]);
  } catch (thrown) {
    // What was being waited for says "aborted"; why is what counts.
    throw inner.signal.aborted ? inner.signal.reason : thrown;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener("abort", stop);
  }
}
