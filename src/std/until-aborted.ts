/** Waiting that can be called off: nothing stays behind (no listener, no timer), whichever way it ends. */

/**
 * The result of `work`, or a rejection with the signal's reason as soon as it fires, even if the work takes no notice. The
 * signal is listened to before the work begins, so that of two things in one instant the signal is the first.
 */
export async function untilAborted<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  const worked = async (): Promise<T> => work();
  try {
    return await Promise.race([aborted, worked()]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Waits, or rejects with the signal's reason as soon as it fires. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await untilAborted(signal, () => new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same for work with a time limit of its own: `late` is what its signal fires with, and the rejection, when the time is
 * up. The signal the work is given fires when the outer one does.
 */
export async function withDeadline<T>(
  outer: AbortSignal,
  ms: number,
  late: () => Error,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const deadline = new AbortController();
  const stop = (): void => deadline.abort(outer.reason);
  outer.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(() => deadline.abort(late()), ms);
  try {
    return await untilAborted(deadline.signal, () => work(deadline.signal));
  } finally {
    clearTimeout(timer);
    outer.removeEventListener("abort", stop);
  }
}
